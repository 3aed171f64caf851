using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>The modules that are being compiled: of several loads of the same bytes one compiles, and the others get what it made. Thread-safe.</summary>
internal sealed class ModuleCompilations(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(WasmEngine Engine, string Checksum), Compilation> _running = [];
    private readonly FailedModules _failed = new(time);

    /// <summary>Compiles, or waits for who does that already.</summary>
    /// <param name="engine">What runs the module.</param>
    /// <param name="checksum">The module's.</param>
    /// <param name="compile">Makes it, until nobody waits for it any more.</param>
    /// <param name="cancellationToken">Ends this wait; that of the first caller only when what it began has ended.</param>
    /// <returns>Code that the caller disposes.</returns>
    /// <exception cref="InvalidGuestModuleException">It cannot be compiled, or could not a short while ago.</exception>
    public async Task<WasmModuleHandle> CompileAsync(
        WasmEngine engine, string checksum, Func<CancellationToken, Task<WasmModuleHandle>> compile, CancellationToken cancellationToken = default)
    {
        _failed.Check(engine, checksum);
        var compilation = Join(engine, checksum, compile, out var isFirst);
        try
        {
            return (await compilation.Module.WaitAsync(cancellationToken).ConfigureAwait(false)).Clone();
        }
        catch (InvalidGuestModuleException exception)
        {
            _failed.Add(engine, checksum, exception);
            throw new InvalidGuestModuleException(exception.Message, exception.Offset, exception);
        }
        finally
        {
            Leave(engine, checksum, compilation);

            // What is compiled is the first caller's memory, who may use it for something else when this returns.
            if (isFirst) await ((Task)compilation.Module).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Compilation Join(WasmEngine engine, string checksum, Func<CancellationToken, Task<WasmModuleHandle>> compile, out bool isFirst)
    {
        lock (_lock)
        {
            isFirst = !_running.TryGetValue((engine, checksum), out var compilation);
            if (compilation is null) _running.Add((engine, checksum), compilation = new Compilation(compile));
            compilation.Users++;
            return compilation;
        }
    }

    private void Leave(WasmEngine engine, string checksum, Compilation compilation)
    {
        lock (_lock)
        {
            if (--compilation.Users > 0) return;
            _running.Remove((engine, checksum));
        }

        _ = compilation.DisposeAsync().AsTask();
    }

    private sealed class Compilation : IAsyncDisposable
    {
        private readonly CancellationTokenSource _isLeft = new();

        public Compilation(Func<CancellationToken, Task<WasmModuleHandle>> compile) => Module = Task.Run(() => compile(_isLeft.Token));

        public Task<WasmModuleHandle> Module { get; }

        public int Users { get; set; }

        // What is compiled in this process goes on to its end all the same. Whoever waited was told how it failed.
        public async ValueTask DisposeAsync()
        {
            if (!Module.IsCompleted) await _isLeft.CancelAsync().ConfigureAwait(false);
            await ((Task)Module).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (Module.IsCompletedSuccessfully) (await Module.ConfigureAwait(false)).Dispose();
            _isLeft.Dispose();
        }
    }
}
