namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime_instance_pre_t: a module with its imports resolved. Safe from any thread.</summary>
internal sealed unsafe class InstancePreHandle : WasmtimeHandle
{
    internal InstancePreHandle(nint pointer)
        : base(pointer)
    {
    }

    /// <summary>Also runs the start function, if the module has one. An exhausted pool is an error, not a trap.</summary>
    internal CallOutcome Instantiate(nint context, out InstanceReference instance)
    {
        InstanceReference created = default;
        nint trap = 0;
        var error = InstanceApi.Instantiate(this, context, &created, &trap);
        instance = created;
        return new CallOutcome(error, trap);
    }

    protected override bool ReleaseHandle()
    {
        InstanceApi.DeletePre(handle);
        return true;
    }
}
