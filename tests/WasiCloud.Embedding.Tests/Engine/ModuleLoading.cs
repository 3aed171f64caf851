using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Compilation;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Guests;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.Hosting;

namespace WasiCloud.Embedding.Tests.Engine;

/// <summary>Modules and their guests for tests of the engine, without a host, a cache and limits.</summary>
internal static class ModuleLoading
{
    public static Task<CompiledModule> LoadEmptyAsync(WasmEngine engine, string name = "empty") => LoadAsync(engine, TestHost.ReadGuest("empty"), name);

    public static async Task<CompiledModule> LoadAsync(WasmEngine engine, byte[] wasm, string name)
    {
        await using var compiler = new ModuleCompiler(new CompilationGate(maxCompilations: 1, maxBytes: long.MaxValue), maxCompilationBytes: long.MaxValue);
        return await new ModuleLoader(engine, new ModuleCompilations(TimeProvider.System), cache: null, compiler, maxModuleBytes: int.MaxValue)
            .LoadAsync(wasm, name, new GuestModuleOptions());
    }

    /// <summary>Compiles as a host does that has nobody else to compile for it.</summary>
    public static Task<WasmModuleHandle> CompileAsync(WasmEngine engine, byte[] wasm) =>
        WasmModuleHandle.TryCompile(engine.Handle, wasm, out var module, out var error)
            ? Task.FromResult(module)
            : throw ModuleInspection.ToException(error.Message);

    /// <summary>A guest without files, none of whose host calls may fail.</summary>
    public static GuestStore CreateStore(CompiledModule module, TimeProvider? time = null, CancellationToken cancellationToken = default) =>
        new(module, new Preview1Context(State(time), new NoDiagnostics()), cancellationToken);

    private static GuestState State(TimeProvider? time) =>
        new(new DescriptorTable(8), new GuestClock(time ?? TimeProvider.System), SystemRandomSource.Instance);

    private sealed class NoDiagnostics : IGuestDiagnostics
    {
        public void HostCallFailed(string function, string path, Exception exception) => throw new InvalidOperationException(function, exception);
    }
}
