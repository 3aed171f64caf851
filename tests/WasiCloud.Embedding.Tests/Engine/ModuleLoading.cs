using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Compilation;
using WasiCloud.Embedding.Tests.Hosting;

namespace WasiCloud.Embedding.Tests.Engine;

/// <summary>Loads modules for tests of the engine, without a host, a cache and limits.</summary>
internal static class ModuleLoading
{
    public static Task<CompiledModule> LoadEmptyAsync(WasmEngine engine, string name = "empty") => LoadAsync(engine, TestHost.ReadGuest("empty"), name);

    public static async Task<CompiledModule> LoadAsync(WasmEngine engine, byte[] wasm, string name)
    {
        await using var compiler = new ModuleCompiler(new CompilationGate(maxCompilations: 1, maxBytes: long.MaxValue), maxCompilationBytes: long.MaxValue);
        return await new ModuleLoader(engine, new ModuleCompilations(TimeProvider.System), cache: null, compiler, maxModuleBytes: int.MaxValue)
            .LoadAsync(wasm, name, new GuestModuleOptions());
    }
}
