using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Compilation;

namespace WasiCloud.Embedding.Hosting;

/// <summary>A guest that does nothing, to find out whether guests can run. Thread-safe.</summary>
/// <param name="engine">What runs it.</param>
/// <param name="timeProvider">The host's clock.</param>
internal sealed class HostProbe(WasmEngine engine, TimeProvider timeProvider) : IDisposable
{
    // (module (func (export "_start")) (memory (export "memory") 0))
    private static readonly byte[] Wasm =
    [
        .. "\0asm"u8, 1, 0, 0, 0,
        1, 4, 1, 0x60, 0, 0,
        3, 2, 1, 0,
        5, 3, 1, 0, 0,
        7, 19, 2, 6, .. "memory"u8, 2, 0, 6, .. "_start"u8, 0, 0,
        10, 4, 1, 2, 0, 0x0B,
    ];

    private CompiledModule? _module;

    /// <summary>Compiles it the first time: here, and without a turn among the application's modules, as it takes about a millisecond.</summary>
    public async ValueTask<CompiledModule> LoadAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _module) is { } known) return known;
        var compiler = new ModuleCompiler(new CompilationGate(1, long.MaxValue), long.MaxValue);
        await using (compiler.ConfigureAwait(false))
        {
            var loader = new ModuleLoader(engine, new ModuleCompilations(timeProvider), cache: null, compiler, Wasm.Length);
            var module = await loader.LoadAsync(Wasm, "health", new GuestModuleOptions(), policy: null, cancellationToken).ConfigureAwait(false);
            if (Interlocked.CompareExchange(ref _module, module, null) is not { } first) return module;
            module.Dispose();
            return first;
        }
    }

    public void Dispose() => _module?.Dispose();
}
