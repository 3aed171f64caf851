using System.Runtime.InteropServices;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Preview1;

namespace WasiCloud.Embedding.Engine;

/// <summary>One instance of a module from store to teardown. Everything native that belongs to it is released when <see cref="Execute(IPendingCallWaiter)"/> returns.</summary>
/// <param name="module">The module.</param>
/// <param name="guest">What its host calls see.</param>
/// <param name="deadline">When a guest that computes is interrupted, in ticks of <see cref="Environment.TickCount64"/>.</param>
/// <param name="cancellationToken">Ends the guest, also at the deadline, and while it waits.</param>
internal sealed class GuestRun(CompiledModule module, GuestContext guest, long deadline, CancellationToken cancellationToken)
{
    // Ticks between two looks at MustStop.
    private const ulong EpochDelta = 1;

    private MemoryReference _memory;
    private bool _hasMemory;

    public GuestContext Guest { get; } = guest;

    public CancellationToken CancellationToken { get; } = cancellationToken;

    public IPendingCallWaiter Waiter { get; private set; } = null!;

    /// <summary>What ended the guest from inside a host call, or at a tick of the epoch.</summary>
    public Exception? HostException { get; set; }

    /// <summary>Whether the guest is to end. Looks at the clock itself, so that a starved thread pool cannot keep a timer from firing.</summary>
    public bool MustStop => CancellationToken.IsCancellationRequested || Environment.TickCount64 >= deadline;

    /// <summary>Instantiates the module and runs <c>_start</c> on this thread.</summary>
    public unsafe GuestOutcome Execute(IPendingCallWaiter waiter)
    {
        Waiter = waiter;
        var engine = module.Engine;
        var self = GCHandle.Alloc(this);
        var store = (nint)0;
        engine.Ticker.Enter();
        try
        {
            store = StoreApi.New(engine.Handle, GCHandle.ToIntPtr(self), finalizer: 0);
            StoreApi.SetLimits(store, engine.Settings.MaxMemoryBytes, engine.Settings.MaxTableElements, instances: 1, tables: -1, memories: 1);
            StoreApi.SetEpochDeadlineCallback(store, &HostCallDispatcher.EpochElapsed, GCHandle.ToIntPtr(self), finalizer: 0);
            var context = StoreApi.Context(store);
            StoreApi.SetEpochDeadline(context, EpochDelta);
            return Execute(context);
        }
        finally
        {
            // A late use of the memory fails its bounds check instead of touching the next guest's.
            Guest.Memory = default;
            engine.Ticker.Leave();
            if (store != 0) StoreApi.Delete(store);
            self.Free();
        }
    }

    /// <summary>Re-reads where the memory is: it may have grown or moved since the last host call.</summary>
    public unsafe void RefreshMemory(nint context, nint caller)
    {
        if (!_hasMemory && !TryFindMemory(caller)) return;
        Guest.Memory = new GuestMemory(MemoryApi.Data(context, _memory), MemoryApi.DataSize(context, _memory));
    }

    private GuestOutcome Execute(nint context)
    {
        var outcome = module.InstancePre.Instantiate(context, out var instance);
        if (!outcome.Succeeded) return GuestOutcome.Of(outcome, this, MemoryBytes(context));
        InstanceApi.TryGetExport(context, instance, "memory"u8, out var memory);
        InstanceApi.TryGetExport(context, instance, "_start"u8, out var start);
        (_memory, _hasMemory) = (memory.Memory, true);
        outcome = FunctionApi.Call(context, start.Function, []);
        return GuestOutcome.Of(outcome, this, MemoryBytes(context));
    }

    // A start section may fail before anybody has looked for the memory.
    private long MemoryBytes(nint context) => _hasMemory ? (long)MemoryApi.DataSize(context, _memory) : 0;

    // A start section makes host calls before the instance is known; the caller knows its exports.
    private bool TryFindMemory(nint caller)
    {
        if (!FunctionApi.TryGetCallerExport(caller, "memory"u8, out var item) || item.Kind != ExternItemKind.Memory) return false;
        (_memory, _hasMemory) = (item.Memory, true);
        return true;
    }
}
