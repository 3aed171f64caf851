namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasm_config_t. Consumed by <see cref="EngineHandle.Create"/>.</summary>
internal sealed class ConfigHandle : WasmtimeHandle
{
    internal ConfigHandle()
        : base(ConfigApi.New())
    {
    }

    /// <summary>
    /// Sets both stack sizes, in bytes. Wasmtime compares them only when it creates the engine, and aborts the process if
    /// the guest's is zero or the larger one. The defaults are 512 KiB and 2 MiB, so a guest stack above 2 MiB needs
    /// both set, even where nothing asynchronous runs. Equal sizes would leave host functions no stack on a fiber.
    /// </summary>
    internal void SetStackSizes(int maxWasmStack, int asyncStackSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxWasmStack);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(asyncStackSize, maxWasmStack);
        ConfigApi.SetMaxWasmStack(this, (nuint)maxWasmStack);
        ConfigApi.SetAsyncStackSize(this, (nuint)asyncStackSize);
    }

    protected override bool ReleaseHandle()
    {
        ConfigApi.Delete(handle);
        return true;
    }
}
