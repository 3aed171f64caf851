namespace WasiCloud.Embedding;

/// <summary>Runs guests. Thread-safe; one per application, made by <c>AddWasiCloud()</c>.</summary>
public interface IInvocationHost
{
    /// <summary>The largest module that is loaded, in bytes (<see cref="WasiCloudOptions.MaxModuleBytes"/>).</summary>
    int MaxModuleBytes { get; }

    /// <summary>
    /// Compiles a module, or loads it from the compiled-module cache. <see cref="InvocationHostLoadExtensions"/> does so from a file, a stream and a resource.
    /// </summary>
    /// <param name="wasm">The bytes of a core WebAssembly module (binary format).</param>
    /// <param name="name">A name for logs and backtraces: not empty, without control and bidirectional characters.</param>
    /// <param name="options">How it is loaded; by default with nothing of its own.</param>
    /// <param name="cancellationToken">
    /// Ends the wait for a turn, and a child process that compiles for nobody else. What is compiled in this process goes on to its end before this completes,
    /// as <paramref name="wasm"/> is not copied.
    /// </param>
    /// <returns>A module that can be invoked any number of times, also concurrently.</returns>
    /// <exception cref="InvalidGuestModuleException">It is not a module, is a component, exports nothing to run, lacks <c>memory</c>, imports something
    /// unknown, is not the one that <see cref="GuestModuleOptions.Sha256"/> pins, is larger than
    /// <see cref="WasiCloudOptions.MaxModuleBytes"/>, or takes the compiler more than
    /// <see cref="WasiCloudOptions.MaxCompilationBytes"/> or <see cref="WasiCloudOptions.MaxCompilationTime"/>.</exception>
    /// <exception cref="ArgumentException">The name cannot be a module's, or an option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">What was started to compile is not the compiler (<see cref="ModuleCompilation.OutOfProcess"/>).</exception>
    /// <exception cref="ObjectDisposedException">The host was disposed.</exception>
    ValueTask<GuestModule> LoadAsync(
        ReadOnlyMemory<byte> wasm, string name, GuestModuleOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Whether a module was loaded by this host: another one's cannot run here.</summary>
    /// <param name="module">The module, which may be disposed.</param>
    /// <returns>Whether it was. Of a host that cannot tell, <see langword="true"/>.</returns>
    bool HasLoaded(GuestModule module) => true;

    /// <summary>Runs a command once, in a fresh instance that shares nothing with any other.</summary>
    /// <param name="module">The module.</param>
    /// <param name="request">What the guest sees below <c>/request</c>, its arguments and environment.</param>
    /// <param name="cancellationToken">Ends the guest, at any time until <see cref="InvocationResponse.Completion"/> completes.</param>
    /// <returns>The response as soon as its head is known; its body streams while the guest runs.</returns>
    /// <exception cref="ArgumentException">The module is a reactor, or the request is not one that a guest can be given.</exception>
    /// <exception cref="GuestException">The guest trapped, failed, exceeded a limit or wrote a malformed response before its head went out.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled before the head went out.</exception>
    Task<InvocationResponse> InvokeAsync(GuestModule module, InvocationRequest request, CancellationToken cancellationToken = default);

    /// <summary>Makes a reactor's instance, which lives until it is disposed, and calls its <c>_initialize</c> if it has one.</summary>
    /// <param name="module">The module.</param>
    /// <param name="request">What the guest sees below <c>/request</c>, its arguments and environment, for all its life.</param>
    /// <param name="cancellationToken">Ends the starting; an instance that has started is not affected.</param>
    /// <returns>The instance. It holds one of <see cref="WasiCloudOptions.MaxConcurrentInvocations"/> while it lives.</returns>
    /// <exception cref="ArgumentException">The module is a command, or a limit of the request is out of its range.</exception>
    /// <exception cref="GuestException">The guest failed while it was started, or there was no room for it.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled, or the host disposed.</exception>
    Task<GuestInstance> StartAsync(GuestModule module, InvocationRequest request, CancellationToken cancellationToken = default);

    /// <summary>Keeps a command running, as a daemon that serves requests or does what it was written for, and starts it again when it ends.</summary>
    /// <param name="module">The module.</param>
    /// <param name="name">The daemon's name, for logs.</param>
    /// <param name="options">How it lives.</param>
    /// <returns>The daemon, which starts in the background. It ends at the latest with this host.</returns>
    /// <exception cref="ArgumentException">The module is a reactor, or an option is out of its range.</exception>
    GuestDaemon StartDaemon(GuestModule module, string name, GuestDaemonOptions? options = null);

    /// <summary>
    /// Runs a command for one connection: it finds it below <c>/connection</c>, and when it ends the connection is closed with what became of it.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="connection">The connection, which belongs to the host from now on.</param>
    /// <param name="cancellationToken">Ends the guest at once, and the connection with it.</param>
    /// <returns>Completes when the guest has ended and the connection is closed.</returns>
    /// <remarks>
    /// The guest holds one of <see cref="WasiCloudOptions.MaxConcurrentInvocations"/>. A WebSocket is closed with 1000, 1001 if the guest was asked to end,
    /// 1011 if it failed, 1013 if there was no room for it.
    /// </remarks>
    /// <exception cref="InvalidOperationException"><c>AddConnectionFiles()</c> was not called.</exception>
    /// <exception cref="ArgumentException">The module is a reactor, or an option is out of its range.</exception>
    /// <exception cref="GuestException">The guest failed, or there was no room for it.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled, the host disposed, or the guest did not end in
    /// <see cref="GuestConnectionOptions.GracePeriod"/>.</exception>
    Task<InvocationCompletion> ServeConnectionAsync(GuestModule module, GuestConnection connection, CancellationToken cancellationToken = default);

    /// <summary>
    /// Opens a source: loads its module and, if it is a file that is followed, the next ones as long as this host and the source live. One that is open here
    /// already stays as it is, and any number of callers may share it.
    /// </summary>
    /// <param name="source">The source. It is disposed with this host.</param>
    /// <param name="kind">What its modules have to be: another kind cannot be loaded.</param>
    /// <param name="cancellationToken">Ends the wait, and not the loading.</param>
    /// <returns>Completes when its first module is loaded, and the handlers of <see cref="GuestModuleSource.Changed"/> were told.</returns>
    /// <exception cref="InvalidGuestModuleException">
    /// Its bytes are no module that can run here, or one of another kind. A file that is followed is followed all the same.
    /// </exception>
    /// <exception cref="IOException">Its file cannot be read (<see cref="FileNotFoundException"/> if there is none).</exception>
    /// <exception cref="UnauthorizedAccessException">Its file may not be read.</exception>
    /// <exception cref="InvalidOperationException">It is open at another host, or for another kind.</exception>
    Task OpenAsync(GuestModuleSource source, GuestModuleKind kind = GuestModuleKind.Command, CancellationToken cancellationToken = default);

    /// <summary>
    /// As <see cref="OpenAsync"/>, without waiting: the start of the application (<c>IHostedService</c>) waits for it, and fails if it cannot be loaded. In an
    /// application that has started already, whoever first asks for the module waits.
    /// </summary>
    /// <param name="source">The source. It is disposed with this host.</param>
    /// <param name="kind">What its modules have to be: another kind cannot be loaded.</param>
    /// <exception cref="InvalidOperationException">It is open at another host, or for another kind.</exception>
    void OpenAtStart(GuestModuleSource source, GuestModuleKind kind = GuestModuleKind.Command);
}
