using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine;

/// <summary>The modules that are being compiled: of several loads of the same bytes one compiles, and the others get what it made. Thread-safe.</summary>
internal sealed class ModuleCompilations(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(WasmEngine Engine, string Checksum), Compilation> _running = [];
    private readonly FailedModules _failed = new(time);

    /// <summary>Compiles, or waits for who does that already.</summary>
    /// <param name="engine">What runs the module.</param>
    /// <param name="checksum">The module's.</param>
    /// <param name="compile">Makes it.</param>
    /// <returns>Code that the caller disposes.</returns>
    /// <exception cref="InvalidGuestModuleException">It cannot be compiled, or could not a short while ago.</exception>
    public WasmModuleHandle Compile(WasmEngine engine, string checksum, Func<WasmModuleHandle> compile)
    {
        _failed.Check(engine, checksum);
        var compilation = Join(engine, checksum, compile);
        try
        {
            return compilation.Module.Value.Clone();
        }
        catch (InvalidGuestModuleException exception)
        {
            _failed.Add(engine, checksum, exception);
            throw new InvalidGuestModuleException(exception.Message, exception.Offset, exception);
        }
        finally
        {
            Leave(engine, checksum, compilation);
        }
    }

    private Compilation Join(WasmEngine engine, string checksum, Func<WasmModuleHandle> compile)
    {
        lock (_lock)
        {
            if (!_running.TryGetValue((engine, checksum), out var compilation)) _running.Add((engine, checksum), compilation = new Compilation(compile));
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

        if (compilation.Module.IsValueCreated) compilation.Module.Value.Dispose();
    }

    private sealed class Compilation(Func<WasmModuleHandle> compile)
    {
        public Lazy<WasmModuleHandle> Module { get; } = new(compile, LazyThreadSafetyMode.ExecutionAndPublication);

        public int Users { get; set; }
    }
}
