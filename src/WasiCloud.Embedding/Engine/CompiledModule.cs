using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine;

/// <summary>A module compiled for one engine, its imports resolved.</summary>
internal sealed class CompiledModule(
    WasmEngine engine, string name, GuestModuleKind kind, IReadOnlyDictionary<string, FunctionType> functions, WasmModuleHandle module, InstancePreHandle instancePre)
    : GuestModule(name, kind)
{
    private volatile bool _isDisposed;

    public WasmEngine Engine { get; } = engine;

    /// <summary>The functions that it exports.</summary>
    public IReadOnlyDictionary<string, FunctionType> Functions { get; } = functions;

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
