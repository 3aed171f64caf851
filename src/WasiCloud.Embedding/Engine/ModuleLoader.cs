using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine;

/// <summary>Turns bytes into a module that can run, or says why it cannot.</summary>
/// <param name="engine">What runs it.</param>
/// <param name="cache">Where compiled modules are kept, if they are.</param>
/// <param name="maxModuleBytes">The largest module, in bytes.</param>
/// <param name="maxCompilationBytes">Memory that the compiler may take, in bytes.</param>
internal sealed class ModuleLoader(WasmEngine engine, ModuleCache? cache, int maxModuleBytes, long maxCompilationBytes)
{
    /// <summary>Compiles, or loads from the cache.</summary>
    /// <exception cref="InvalidGuestModuleException">The module cannot run here.</exception>
    public CompiledModule Load(ReadOnlySpan<byte> wasm, string name)
    {
        ModuleInspection.CheckSize(wasm.Length, maxModuleBytes);
        ModuleInspection.CheckHeader(wasm);
        var module = cache is null ? Compile(wasm) : cache.Load(engine, wasm, Compile);
        try
        {
            ModuleInspection.CheckExports(module.ReadExports(), engine.Settings.MaxMemoryBytes);
            ModuleInspection.CheckImports(module.ReadImports());
            if (!engine.Linker.TryInstantiatePre(module, out var instancePre, out var error)) throw new InvalidGuestModuleException(error.Message);
            return new CompiledModule(engine, name, module, instancePre);
        }
        catch
        {
            module.Dispose();
            throw;
        }
    }

    private WasmModuleHandle Compile(ReadOnlySpan<byte> wasm)
    {
        ModuleInspection.CheckCompilation(wasm, maxCompilationBytes);
        if (WasmModuleHandle.TryCompile(engine.Handle, wasm, out var module, out var error)) return module;
        throw ModuleInspection.ToException(error);
    }
}
