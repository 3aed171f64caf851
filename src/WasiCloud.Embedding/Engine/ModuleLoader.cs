using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine;

/// <summary>Turns bytes into a module that can run, or says why it cannot.</summary>
internal sealed class ModuleLoader(WasmEngine engine, ModuleCache? cache)
{
    /// <summary>Compiles, or loads from the cache.</summary>
    /// <exception cref="InvalidGuestModuleException">The module cannot run here.</exception>
    public CompiledModule Load(ReadOnlySpan<byte> wasm, string name, GuestModuleOptions options)
    {
        ModuleInspection.CheckHeader(wasm);
        var module = cache is null ? Compile(wasm) : cache.Load(engine, wasm, Compile);
        try
        {
            var (exports, imports) = (module.ReadExports(), module.ReadImports());
            var kind = ModuleInspection.CheckExports(exports, imports, engine.Settings.MaxMemoryBytes);
            ModuleInspection.CheckImports(imports, engine.Imports, options.TrapUnknownImports);
            return new CompiledModule(engine, name, kind, FunctionsOf(exports), module, Link(module, options));
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

    private InstancePreHandle Link(WasmModuleHandle module, GuestModuleOptions options)
    {
        // The engine's linker serves all modules; what one of them does not find must not appear there.
        using var own = options.TrapUnknownImports ? engine.Linker.Clone() : null;
        var error = own?.DefineUnknownImportsAsTraps(module);
        if (error is null && (own ?? engine.Linker).TryInstantiatePre(module, out var instancePre, out error)) return instancePre;
        throw new InvalidGuestModuleException(error!.Message);
    }

    private WasmModuleHandle Compile(ReadOnlySpan<byte> wasm)
    {
        if (WasmModuleHandle.TryCompile(engine.Handle, wasm, out var module, out var error)) return module;
        throw ModuleInspection.ToException(error);
    }
}
