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
    public CompiledModule Load(ReadOnlySpan<byte> wasm, string name, GuestModuleOptions options)
    {
        ModuleInspection.CheckSize(wasm.Length, maxModuleBytes);
        ModuleInspection.CheckHeader(wasm);
        var module = cache is null ? Compile(wasm) : cache.Load(engine, wasm, Compile);
        try
        {
            var (exports, imports) = (module.ReadExports(), module.ReadImports());
            var kind = ModuleInspection.CheckExports(exports, imports, engine.Settings.MaxMemoryBytes);
            ModuleInspection.CheckImports(imports, engine.Imports, options.TrapUnknownImports);
            return new CompiledModule(
                engine, name, kind, FunctionsOf(exports), module, Link(module, engine.Linker, options), engine.FiberLinker is { } linker ? Link(module, linker, options) : null,
                ProducersSection.SaysGo(wasm))
            { MaxConcurrentInvocations = options.MaxConcurrentInvocations };
        }
        catch
        {
            module.Dispose();
            throw;
        }
    }

    private static Dictionary<string, FunctionType> FunctionsOf(IReadOnlyList<ModuleExport> exports)
    {
        var functions = new Dictionary<string, FunctionType>(StringComparer.Ordinal);
        foreach (var export in exports)
        {
            if (export.Type is FunctionType type) functions.Add(export.Name, type);
        }

        return functions;
    }

    private static InstancePreHandle Link(WasmModuleHandle module, LinkerHandle linker, GuestModuleOptions options)
    {
        // The engine's linker serves all modules; what one of them does not find must not appear there.
        using var own = options.TrapUnknownImports ? linker.Clone() : null;
        var error = own?.DefineUnknownImportsAsTraps(module);
        if (error is null && (own ?? linker).TryInstantiatePre(module, out var instancePre, out error)) return instancePre;
        throw new InvalidGuestModuleException(error!.Message);
    }

    private WasmModuleHandle Compile(ReadOnlySpan<byte> wasm)
    {
        ModuleInspection.CheckCompilation(wasm, maxCompilationBytes);
        if (WasmModuleHandle.TryCompile(engine.Handle, wasm, out var module, out var error)) return module;
        throw ModuleInspection.ToException(error);
    }
}
