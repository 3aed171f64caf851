using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Benchmarks;

/// <summary>An instance without anything around it: what a call costs the engine.</summary>
internal sealed class BareInstance : IDisposable
{
    private const ulong Never = ulong.MaxValue / 2;

    private readonly nint _store;
    private readonly nint _context;
    private readonly FunctionReference _tick;

    public BareInstance(CompiledModule module)
    {
        _store = StoreApi.New(module.Engine.Handle, data: 0, finalizer: 0);
        _context = StoreApi.Context(_store);
        StoreApi.SetEpochDeadline(_context, Never);
        if (!module.InstancePre.Instantiate(_context, out var instance).Succeeded) throw new InvalidOperationException("The module cannot be instantiated.");
        if (!InstanceApi.TryGetExport(_context, instance, "tick"u8, out var item)) throw new InvalidOperationException("There is no tick.");
        _tick = item.Function;
    }

    public int Tick(float seconds)
    {
        Span<ValRaw> values = [new ValRaw { F32 = seconds }];
        return FunctionApi.Call(_context, _tick, values).Succeeded ? values[0].I32 : throw new InvalidOperationException("tick failed.");
    }

    public void Dispose() => StoreApi.Delete(_store);
}
