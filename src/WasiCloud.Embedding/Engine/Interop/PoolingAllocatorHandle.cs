namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime_pooling_allocation_config_t. Copied into the configuration, so it is disposed right after.</summary>
internal sealed class PoolingAllocatorHandle : WasmtimeHandle
{
    internal PoolingAllocatorHandle()
        : base(PoolingAllocatorApi.New())
    {
    }

    protected override bool ReleaseHandle()
    {
        PoolingAllocatorApi.Delete(handle);
        return true;
    }
}
