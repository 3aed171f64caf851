using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine;

/// <summary>A module compiled for one engine, its imports resolved.</summary>
internal sealed class CompiledModule(WasmEngine engine, string name, WasmModuleHandle module, InstancePreHandle instancePre) : GuestModule(name)
{
    private volatile bool _isDisposed;

    public WasmEngine Engine { get; } = engine;

    public InstancePreHandle InstancePre { get; } = instancePre;

    public bool IsDisposed => _isDisposed;

    protected override void Dispose(bool disposing)
    {
        // Instances hold the code natively, so running ones finish.
        _isDisposed = true;
        InstancePre.Dispose();
        module.Dispose();
    }
}
