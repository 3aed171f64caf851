namespace WasiCloud.Embedding;

/// <summary>
/// A guest that outlives one request: it is kept running, serves requests, and is started again when it ends. Made by
/// <see cref="IInvocationHost.StartDaemon"/>. Thread-safe.
/// </summary>
/// <remarks>It holds one of <see cref="WasiCloudOptions.MaxConcurrentInvocations"/> while its guest runs. It ends at the latest with its host.</remarks>
public abstract class GuestDaemon : IAsyncDisposable
{
    private protected GuestDaemon(string name, GuestModule module) => (Name, Module) = (name, module);

    /// <summary>Its name, for logs.</summary>
    public string Name { get; }

    /// <summary>What it runs.</summary>
    public GuestModule Module { get; }

    /// <summary>
    /// Whether it has a guest for each tenant (<see cref="GuestDaemonOptions.MaxTenants"/>): then its numbers are those of all of them, it runs until it is
    /// stopped, and its requests must have a tenant.
    /// </summary>
    public virtual bool IsPerTenant => false;

    /// <summary>What it does.</summary>
    public abstract GuestDaemonState State { get; }

    /// <summary>How often its guest was started again.</summary>
    public abstract int Restarts { get; }

    /// <summary>For how long its guest has run; zero if it does not.</summary>
    public abstract TimeSpan Uptime { get; }

    /// <summary>The guest's memory at the last call that it made to the host, in bytes; 0 if it does not run.</summary>
    public abstract long MemoryBytes { get; }

    /// <summary>How many descriptors the guest has open; 0 if it does not run.</summary>
    public abstract int OpenDescriptors { get; }

    /// <summary>Requests that are not answered yet.</summary>
    public abstract int ActiveRequests { get; }

    /// <summary>How its guest failed the last time, if it has.</summary>
    public abstract Exception? LastFailure { get; }

    /// <summary>Completes when it is <see cref="GuestDaemonState.Stopped"/> or <see cref="GuestDaemonState.Failed"/>. Never faulted.</summary>
    public abstract Task Completion { get; }

    /// <summary>
    /// Gives the guest a request. One that arrives while no guest runs, or that the guest has not begun to read when it ends, is for the next.
    /// </summary>
    /// <param name="request">
    /// The request. Only what concerns HTTP is used: the guest serves many, and has its arguments, environment, features, streams, limits and interface from
    /// its <see cref="GuestDaemonOptions"/>.
    /// </param>
    /// <param name="cancellationToken">Ends the waiting for the response's head.</param>
    /// <returns>The response as soon as its head is known; dispose it, also to end it early.</returns>
    /// <exception cref="ArgumentException">The request is none that HTTP/1.1 can express, or of another tenant than the daemon.</exception>
    /// <exception cref="GuestException">The guest ended, wrote a malformed response or took too long before the head went out; or the daemon has too many
    /// requests.</exception>
    /// <exception cref="GuestUnavailableException">The daemon is stopped, is about to stop, or has failed.</exception>
    public abstract Task<InvocationResponse> InvokeAsync(InvocationRequest request, CancellationToken cancellationToken = default);

    /// <summary>
    /// Asks the guest to end: files and listeners that wait for something new are at their end. After <see cref="GuestDaemonOptions.GracePeriod"/> it is ended.
    /// </summary>
    /// <param name="cancellationToken">Ends it at once.</param>
    /// <returns>Completes when it has ended.</returns>
    public abstract Task StopAsync(CancellationToken cancellationToken = default);

    /// <summary>Ends it at once, if it still lives.</summary>
    public abstract ValueTask DisposeAsync();
}
