using WasiCloud.Embedding.Engine.Compilation;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Engine;

/// <summary>A module compiled for one engine, its imports resolved.</summary>
internal sealed class CompiledModule(
    WasmEngine engine, string name, GuestModuleKind kind, IReadOnlySet<string> functions, WasmModuleHandle module,
    InstancePreHandle instancePre, InstancePreHandle? fiberInstancePre, Func<InstancePreHandle> linkToAnswer, bool isGo, bool needsHeap)
    : GuestModule(name, kind)
{
    // What a message names of the functions.
    private const int MaxListedFunctions = 100;

    private readonly Lazy<InstancePreHandle> _answeredInstancePre = new(linkToAnswer);
    private readonly ModuleDescription _description = new(module);

    public WasmEngine Engine { get; } = engine;

    /// <inheritdoc/>
    public override int SlotsPerGuest { get; } = needsHeap ? EngineSettings.SlotsWithHeap : 1;

    /// <summary>The names of the functions that it exports. An instance knows their types.</summary>
    public IReadOnlySet<string> Functions { get; } = functions;

    public override IReadOnlyList<GuestModuleExport> Exports
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            return _description.Exports;
        }
    }

    public override IReadOnlyList<GuestModuleImport> Imports
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            return _description.Imports;
        }
    }

    public override long CodeBytes { get; } = module.ReadImageBytes();

    public InstancePreHandle InstancePre { get; } = instancePre;

    /// <summary>The same for guests on fibers, whose host calls may leave the stack; <see langword="null"/> if the engine has none.</summary>
    public InstancePreHandle? FiberInstancePre { get; } = fiberInstancePre;

    /// <summary>The same for guests on fibers whose calls an observer may answer. Made for the first of them.</summary>
    public InstancePreHandle AnsweredInstancePre => _answeredInstancePre.Value;

    /// <summary>With whom its guests share the processor: with each other, but for those that work for tenants.</summary>
    public ComputeShare ComputeShare { get; } = new();

    internal override bool IsGo { get; } = isGo;

    /// <summary>It exports no function of a name.</summary>
    public KeyNotFoundException NoFunction(string name)
    {
        var exports = string.Join(", ", Functions.Take(MaxListedFunctions).Select(static export => SafeText.Of(export)));
        return new KeyNotFoundException($"'{Name}' exports no function '{SafeText.Of(name)}'; it exports: {exports}.");
    }

    protected override void Dispose(bool disposing)
    {
        InstancePre.Dispose();
        FiberInstancePre?.Dispose();
        if (_answeredInstancePre.IsValueCreated) _answeredInstancePre.Value.Dispose();
        module.Dispose();
    }
}
