using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>
/// Compiles modules in child processes, one for each, that end when they take too long or too much, and loads what they made. Linux only. Thread-safe.
/// </summary>
/// <remarks>
/// What a child answers is native code that runs here: a child is trusted to be the compiler. It protects this process from what a module makes the compiler
/// take and from its crashes, not from a module
/// that takes the compiler over.
/// </remarks>
/// <param name="command">What is started.</param>
/// <param name="maxTime">How long a child may compile.</param>
/// <param name="maxBytes">Memory that it may take for that, in bytes.</param>
/// <param name="time">The clock.</param>
internal sealed class ChildCompiler(CompilerCommand command, TimeSpan maxTime, long maxBytes, TimeProvider time) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _shutdown = new();
    private readonly TaskCompletionSource _lastEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;

    /// <summary>How long a process has to say that it is a compiler.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Compiles in a new process.</summary>
    /// <param name="engine">What runs the module.</param>
    /// <param name="wasm">The module.</param>
    /// <param name="cancellationToken">Ends the process.</param>
    /// <returns>The code. When this completes, however it does, the process has ended.</returns>
    /// <exception cref="InvalidGuestModuleException">The module is not valid, took too much, or made the compiler crash.</exception>
    /// <exception cref="InvalidOperationException">What was started is not a compiler, or another version of it.</exception>
    public async Task<WasmModuleHandle> CompileAsync(WasmEngine engine, ReadOnlyMemory<byte> wasm, CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _shutdown.Token);
            return await CompileInChildAsync(engine, wasm, ended.Token).ConfigureAwait(false);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Ends all processes. When this completes, none is left.</summary>
    public async ValueTask DisposeAsync()
    {
        await _shutdown.CancelAsync().ConfigureAwait(false);
        lock (_lock)
        {
            if (_running == 0) return;
        }

        await _lastEnded.Task.ConfigureAwait(false);
    }

    private void Enter()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_shutdown.IsCancellationRequested, this);
            _running++;
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (--_running == 0 && _shutdown.IsCancellationRequested) _lastEnded.TrySetResult();
        }
    }

    private async Task<WasmModuleHandle> CompileInChildAsync(WasmEngine engine, ReadOnlyMemory<byte> wasm, CancellationToken cancellationToken)
    {
        var process = CompilerProcess.Start(command);
        await using (process.ConfigureAwait(false))
        {
            using var exchange = new CompilerExchange(process, StartTimeout, maxTime, time, cancellationToken);
            var request = new CompilerRequest(CompatibilityKey.Of(engine.Settings), engine.Settings, maxBytes, wasm);
            return Take(engine, request, await exchange.RunAsync(request, Math.Min(int.MaxValue, 2 * maxBytes)).ConfigureAwait(false));
        }
    }

    private WasmModuleHandle Take(WasmEngine engine, CompilerRequest request, CompilerAnswer answer)
    {
        using var artifact = answer.Artifact;
        if (artifact is not null && WasmModuleHandle.TryDeserializeFile(engine.Handle, FileApi.PathOf(artifact), out var module, out _)) return module;
        throw answer.Result switch
        {
            CompilerResult.Compiled => new InvalidGuestModuleException("The compiler's answer is not the code of a module."),
            CompilerResult.OutOfMemory => CompilerExchange.MemoryExceeded(maxBytes),
            CompilerResult.Incompatible => new InvalidOperationException(
                $"The compiler '{command.Program}' makes code for '{SafeText.Of(answer.Text)}'; this host runs '{request.Key}'."),
            _ => ModuleInspection.ToException(answer.Text),
        };
    }
}
