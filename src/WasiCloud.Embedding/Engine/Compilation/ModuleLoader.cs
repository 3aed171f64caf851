using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Engine.Compilation;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Text;
using WasiCloud.Embedding.Wasm;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>Turns bytes into a module that can run, or says why it cannot.</summary>
/// <param name="engine">What runs it.</param>
/// <param name="compilations">Those that are under way in the host.</param>
/// <param name="cache">Where compiled modules are kept, if they are.</param>
/// <param name="compiler">Makes code of what is not there.</param>
/// <param name="maxModuleBytes">The largest module, in bytes.</param>
internal sealed class ModuleLoader(WasmEngine engine, ModuleCompilations compilations, ModuleCache? cache, ModuleCompiler compiler, int maxModuleBytes)
{
    /// <summary>Compiles, or loads from the cache.</summary>
    /// <exception cref="InvalidGuestModuleException">The module cannot run here.</exception>
    public async Task<CompiledModule> LoadAsync(
        ReadOnlyMemory<byte> wasm, string name, GuestModuleOptions options, GuestPolicy? policy = null, CancellationToken cancellationToken = default)
    {
        ModuleInspection.CheckSize(wasm.Length, maxModuleBytes);

        // Before anything is made of bytes that are not those which were meant.
        var checksum = ModuleChecksum.Of(wasm.Span, options.Sha256);
        ModuleInspection.CheckHeader(wasm.Span);
        CheckImports(wasm.Span, options, policy);
        var module = await compilations.CompileAsync(engine, checksum, CompileAsync, cancellationToken).ConfigureAwait(false);
        return Complete(module, wasm.Span, name, options, policy);

        Task<WasmModuleHandle> CompileAsync(CancellationToken left) => cache is null
            ? compiler.CompileAsync(engine, wasm, left)
            : cache.LoadAsync(engine, wasm, () => compiler.CompileAsync(engine, wasm, left));
    }

    private CompiledModule Complete(WasmModuleHandle module, ReadOnlySpan<byte> wasm, string name, GuestModuleOptions options, GuestPolicy? policy)
    {
        try
        {
            var (exports, imports) = (module.ReadExports(ModuleInspection.NeedsTypeOf), module.ReadImports());
            var kind = ModuleInspection.CheckExports(exports, imports, engine.Settings.MaxMemoryBytes);
            var ofApplication = CheckImports(imports, options, policy);
            return new CompiledModule(
                engine, name, kind, FunctionsOf(exports), module, Link(module, engine.Linker, options), engine.FiberLinker is { } linker
                    ? Link(module, linker, options)
                    : null,
                () => Link(module, engine.AnsweringLinker, options), ProducersSection.SaysGo(wasm), HeapNeed.Of(wasm) != HeapReason.None)
            {
                MaxConcurrentInvocations = LeastOf(options.MaxConcurrentInvocations, policy?.Limits.Invocations),
                Policy = policy,
                MinMemoryBytes = ModuleInspection.MinMemoryBytes(exports),
                ApplicationImports = ofApplication,
            };
        }
        catch
        {
            module.Dispose();
            throw;
        }
    }

    private static HashSet<string> FunctionsOf(IReadOnlyList<ModuleExport> exports) => exports
        .Where(export => export.Kind == ExternKind.Function).Select(export => export.Name).ToHashSet(StringComparer.Ordinal);

    // Compiling takes long; what cannot run here is refused before.
    private static int? LeastOf(int? option, long? limit) =>
        limit is { } most && most < (option ?? int.MaxValue) ? (int)most : option;

    private void CheckImports(ReadOnlySpan<byte> wasm, GuestModuleOptions options, GuestPolicy? policy)
    {
        var inspection = new ImportInspection(engine.HostCalls, engine.Imports, options.TrapUnknownImports, policy);
        ImportScan.Read(wasm, inspection);
        inspection.Check();
    }

    private IReadOnlyCollection<(string Module, string Name)> CheckImports(IReadOnlyList<ModuleImport> imports, GuestModuleOptions options, GuestPolicy? policy)
    {
        var inspection = new ImportInspection(engine.HostCalls, engine.Imports, options.TrapUnknownImports, policy);
        foreach (var import in imports) inspection.Add(import);
        inspection.Check();
        return inspection.OfApplication;
    }

    private static InstancePreHandle Link(WasmModuleHandle module, LinkerHandle linker, GuestModuleOptions options)
    {
        // The engine's linker serves all modules; what one of them does not find must not appear there.
        using var own = options.TrapUnknownImports ? linker.Clone() : null;
        var error = own?.DefineUnknownImportsAsTraps(module);
        if (error is null && (own ?? linker).TryInstantiatePre(module, out var instancePre, out error)) return instancePre;
        throw new InvalidGuestModuleException(SafeText.Of(error!.Message, ModuleInspection.MaxMessageLength));
    }
}
