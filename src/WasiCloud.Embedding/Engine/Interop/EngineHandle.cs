namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasm_engine_t. Modules, linkers and stores keep it alive natively, so disposal order does not matter.</summary>
internal sealed class EngineHandle : WasmtimeHandle
{
    private EngineHandle(nint pointer)
        : base(pointer)
    {
    }

    /// <summary>Consumes <paramref name="config"/>, as wasm_engine_new_with_config does.</summary>
    internal static EngineHandle Create(ConfigHandle config)
    {
        var engine = EngineApi.NewWithConfig(config);
        config.SetHandleAsInvalid();
        return new EngineHandle(engine);
    }

    protected override bool ReleaseHandle()
    {
        EngineApi.Delete(handle);
        return true;
    }
}
