namespace WasiCloud.Embedding;

/// <summary>Runs guests. Thread-safe; one per application, made by <c>AddWasiCloud()</c>.</summary>
public interface IInvocationHost
{
    /// <summary>Compiles a module, or loads it from the compiled-module cache.</summary>
    /// <param name="wasm">The bytes of a core WebAssembly module (binary format).</param>
    /// <param name="name">A name for logs and backtraces.</param>
    /// <param name="cancellationToken">Cancels before the compilation begins.</param>
    /// <returns>A module that can be invoked any number of times, also concurrently.</returns>
    /// <exception cref="InvalidGuestModuleException">It is not a module, is a component, lacks <c>_start</c> or <c>memory</c>, imports something unknown, or is larger than <see cref="WasiCloudOptions.MaxModuleBytes"/>.</exception>
    ValueTask<GuestModule> LoadAsync(ReadOnlyMemory<byte> wasm, string name, CancellationToken cancellationToken = default);

    /// <summary>Runs a module once, in a fresh instance that shares nothing with any other.</summary>
    /// <param name="module">The module.</param>
    /// <param name="request">What the guest sees below <c>/request</c>, its arguments and environment.</param>
    /// <param name="cancellationToken">Ends the guest, at any time until <see cref="InvocationResponse.Completion"/> completes.</param>
    /// <returns>The response as soon as its head is known; its body streams while the guest runs.</returns>
    /// <exception cref="GuestException">The guest trapped, failed, exceeded a limit or wrote a malformed response before its head went out.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled before the head went out.</exception>
    Task<InvocationResponse> InvokeAsync(GuestModule module, InvocationRequest request, CancellationToken cancellationToken = default);
}
