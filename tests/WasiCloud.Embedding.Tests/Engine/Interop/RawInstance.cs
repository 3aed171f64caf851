using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Tests.Engine.Interop;

/// <summary>One instance of a module in the text format, in an engine and a store of its own.</summary>
internal sealed unsafe class RawInstance : IDisposable
{
    private readonly InstanceReference instance;
    private readonly InstancePreHandle instancePre;

    internal RawInstance(
        string text,
        Action<ConfigHandle>? configure = null,
        Action<LinkerHandle>? link = null,
        Action<nint>? prepareStore = null)
    {
        Engine = CreateEngine(configure);
        Module = Compile(Engine, text);
        using var linker = new LinkerHandle(Engine);
        link?.Invoke(linker);
        linker.TryInstantiatePre(Module, out var created, out var error).Should().BeTrue(error?.Message);
        instancePre = created!;
        Store = StoreApi.New(Engine, data: 0, finalizer: 0);
        prepareStore?.Invoke(Store);
        Context = StoreApi.Context(Store);
        Instantiation = instancePre.Instantiate(Context, out instance);
    }

    internal EngineHandle Engine { get; }

    internal WasmModuleHandle Module { get; }

    internal nint Store { get; }

    internal nint Context { get; }

    internal CallOutcome Instantiation { get; }

    internal ref readonly InstanceReference Instance => ref instance;

    internal static EngineHandle CreateEngine(Action<ConfigHandle>? configure = null)
    {
        using var config = new ConfigHandle();
        configure?.Invoke(config);
        return EngineHandle.Create(config);
    }

    internal static WasmModuleHandle Compile(EngineHandle engine, string text)
    {
        var wasm = TextFormatApi.Assemble(Encoding.UTF8.GetBytes(text));
        WasmModuleHandle.TryCompile(engine, wasm, out var module, out var error).Should().BeTrue(error?.Message);
        return module!;
    }

    internal MemoryReference Memory()
    {
        InstanceApi.TryGetExport(Context, in instance, "memory"u8, out var item).Should().BeTrue();
        item.Kind.Should().Be(ExternItemKind.Memory);
        return item.Memory;
    }

    internal CallOutcome Call(string name, Span<ValRaw> values)
    {
        InstanceApi.TryGetExport(Context, in instance, Encoding.UTF8.GetBytes(name), out var item).Should().BeTrue();
        item.Kind.Should().Be(ExternItemKind.Function);
        return FunctionApi.Call(Context, in item.Function, values);
    }

    public void Dispose()
    {
        StoreApi.Delete(Store);
        instancePre.Dispose();
        Module.Dispose();
        Engine.Dispose();
    }
}
