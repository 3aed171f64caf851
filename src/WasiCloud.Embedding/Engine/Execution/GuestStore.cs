using System.Runtime.InteropServices;
using System.Text;
using WasiCloud.Embedding.Engine.Fibers;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>One instance of a module in a store of its own; after <see cref="Begin"/>, the next one. Entered by one of several threads at a time.</summary>
/// <param name="module">The module.</param>
/// <param name="guest">What its host calls see.</param>
/// <param name="cancellationToken">Ends the guest, also while it waits.</param>
internal sealed class GuestStore(CompiledModule module, HostCallContext guest, CancellationToken cancellationToken) : IComputing, IDisposable
{
    /// <summary>The fuel of a guest that may burn what it likes, if the engine counts it.</summary>
    public const long UnlimitedFuel = long.MaxValue;

    // The guest that this thread is in. One may call the host's function that calls another one.
    [ThreadStatic]
    private static GuestStore? t_entered;

    private GuestStore? _outer;
    private nint _store;
    private InstanceReference _instance;
    private StoreMemory _memory;
    private GuestEntry _entry;
    private long _fuel;
    private long _maxMemoryBytes = long.MaxValue;
    private GuestWork? _work;
    private GuestFiber? _spareFiber;
    private ComputeTurn? _turn;
    private bool _leavesSoon;

    public CompiledModule Module { get; private set; } = module;

    public ComputeShare Share { get; private set; } = module.ComputeShare;

    public HostCallContext Guest { get; } = guest;

    /// <summary>For the application's own functions, which ask it who calls.</summary>
    public InvocationContext? Context { get; set; }

    public CancellationToken CancellationToken { get; private set; } = cancellationToken;

    /// <summary>wasmtime_context_t of the store, once it is open.</summary>
    public nint NativeContext { get; private set; }

    /// <summary>Carries the store to a guest thread, and its outcome back.</summary>
    public GuestWork Work => _work ??= new GuestWork(this);

    /// <summary>What it has used of the processor, and its place there.</summary>
    public ComputeTurn Turn => _turn ??= new ComputeTurn(this);

    /// <summary>Ends the call of the guest that is under way, if that has a token of its own.</summary>
    public CancellationToken CallToken => _entry.CancellationToken;

    /// <summary>How long the guest may go on, in milliseconds; -1 for ever.</summary>
    public int RemainingMilliseconds =>
        _entry.Deadline == long.MaxValue ? Timeout.Infinite : (int)Math.Clamp(_entry.Deadline - Environment.TickCount64, 0, int.MaxValue);

    /// <summary>The guest that called the host on this thread. Exists between <see cref="Enter"/> and <see cref="Leave"/>, which is when guests run.</summary>
    public static GuestStore Entered => t_entered!;

    /// <summary>While the guest runs, the one that called it by a function of the application on the same thread, if one did.</summary>
    public GuestStore? Outer => _outer;

    /// <summary>The stack of its own that the guest runs on, if it does.</summary>
    public GuestFiber? Fiber { get; set; }

    public IPendingCallWaiter Waiter => _entry.Waiter;

    /// <summary>The functions that the guest may call, by their numbers.</summary>
    public HostFunction[] Functions { get; private set; } = [];

    /// <summary>What the guest asked to end with, once it has.</summary>
    public int? ExitCode { get; set; }

    /// <summary>What ended the guest from inside a host call, or at a tick of the epoch.</summary>
    public Exception? HostException { get; set; }

    /// <summary>Whether the guest is to end. Looks at the clock itself, so that a starved thread pool cannot keep a timer from firing.</summary>
    public bool MustStop =>
        CancellationToken.IsCancellationRequested || _entry.CancellationToken.IsCancellationRequested || Environment.TickCount64 >= _entry.Deadline;

    /// <summary>The size of the memory, 0 if the guest has none or nobody has looked for it.</summary>
    public long MemoryBytes => _memory.SizeIn(NativeContext);

    /// <summary>What the last entry burned; <see langword="null"/> if the engine does not count it.</summary>
    public unsafe long? FuelConsumed
    {
        get
        {
            if (!CountsFuel) return null;
            ulong left = 0;
            WasmtimeError.Check(StoreApi.GetFuel(NativeContext, &left));
            return _fuel - (long)left;
        }
    }

    private bool CountsFuel => Module.Engine.Settings.CountsFuel;

    /// <summary>Prepares for the next guest, after the last has ended.</summary>
    /// <param name="module">The module.</param>
    /// <param name="context">For the application's own functions.</param>
    /// <param name="maxMemoryBytes">How large its memory may be.</param>
    /// <param name="cancellationToken">Ends the guest, also while it waits.</param>
    /// <param name="share">With whom it shares the processor; <see langword="null"/> for the guests of its module.</param>
    public void Begin(
        CompiledModule module, InvocationContext context, long maxMemoryBytes, CancellationToken cancellationToken, ComputeShare? share = null)
    {
        Share = share ?? module.ComputeShare;
        (Module, Context, CancellationToken, _maxMemoryBytes) = (module, context, cancellationToken, maxMemoryBytes);
        (HostException, ExitCode, _entry, _fuel, _leavesSoon) = (null, null, default, 0, false);
    }

    /// <summary>Lets go of the last guest.</summary>
    public void End() => (Module, Share, Context, CancellationToken) = (null!, null!, null, default);

    /// <summary>Gives the guest a stack of its own. To be disposed before the next one is asked for.</summary>
    public GuestFiber OpenFiber(FiberStacks stacks)
    {
        Fiber = _spareFiber ??= new GuestFiber(this);
        Fiber.Open(stacks);
        return Fiber;
    }

    /// <summary>Makes a reactor's instance and calls its <c>_initialize</c>, if it has one.</summary>
    /// <returns>How it failed, or <see langword="null"/>.</returns>
    public GuestOutcome? Start(in GuestEntry entry)
    {
        var outcome = Instantiate(entry);
        if (outcome.Succeeded && TryGetFunction("_initialize"u8, out var initialize)) outcome = Call(initialize, [], entry);
        return outcome.Succeeded ? null : GuestOutcome.Of(outcome, this);
    }

    /// <summary>Finds a function that the module exports.</summary>
    /// <returns>The function, or <see langword="null"/> if there is none of that name.</returns>
    /// <exception cref="NotSupportedException">It takes or returns other things than numbers.</exception>
    public ExportedFunction? FindFunction(string name)
    {
        if (!Module.Functions.Contains(name) || !TryGetFunction(Encoding.UTF8.GetBytes(name), out var reference)) return null;
        var type = FunctionType.Take(FunctionApi.TypeOf(NativeContext, reference));
        var isCallable = ValueConversion.TryReadTypes(type.Parameters, out var parameters) & ValueConversion.TryReadTypes(type.Results, out var results);
        return isCallable
            ? new ExportedFunction(reference, parameters, results)
            : throw new NotSupportedException($"'{SafeText.Of(name)}{SafeText.Of(type.ToString())}' takes or returns other things than numbers.");
    }

    /// <summary>Calls a function of the guest on this thread.</summary>
    /// <param name="function">One that <see cref="FindFunction"/> found.</param>
    /// <param name="slots">Arguments of the function's types, which become results: as many as the function has of either, or more.</param>
    /// <param name="entry">The limits of this call.</param>
    /// <returns>How it failed, or <see langword="null"/>.</returns>
    public GuestOutcome? Call(ExportedFunction function, Span<GuestSlot> slots, in GuestEntry entry)
    {
        SetFuel(entry.Fuel);
        var outcome = Call(function.Reference, ValueConversion.ToNative(slots[..function.SlotCount]), entry);
        return outcome.Succeeded ? null : GuestOutcome.Of(outcome, this);
    }

    /// <summary>Makes the store, without an instance.</summary>
    public unsafe void Open()
    {
        var engine = Module.Engine;
        Functions = engine.HostCalls.For(Guest);
        _store = StoreApi.New(engine.Handle, data: 0, finalizer: 0);
        var maxMemoryBytes = Math.Min(engine.Settings.MaxMemoryBytes, _maxMemoryBytes);
        StoreApi.SetLimits(_store, maxMemoryBytes, engine.Settings.MaxTableElements, instances: 1, tables: -1, memories: 1);
        StoreApi.SetEpochDeadlineCallback(_store, &HostCallDispatcher.EpochElapsed, data: 0, finalizer: 0);
        NativeContext = StoreApi.Context(_store);
    }

    /// <summary>Notes the instance that was made in the store.</summary>
    public void Adopt(in InstanceReference instance)
    {
        _instance = instance;
        if (!InstanceApi.TryGetExport(NativeContext, instance, "memory"u8, out var memory) || memory.Kind != ExternItemKind.Memory) return;
        _memory.Found(NativeContext, memory.Memory);
    }

    /// <summary>Finds a function that the module exports.</summary>
    public bool TryGetFunction(ReadOnlySpan<byte> name, out FunctionReference function)
    {
        var exists = InstanceApi.TryGetExport(NativeContext, _instance, name, out var item) && item.Kind == ExternItemKind.Function;
        function = item.Function;
        return exists;
    }

    /// <summary>What the guest may burn from now on, if the engine counts it.</summary>
    public void SetFuel(long fuel)
    {
        _fuel = fuel;
        if (CountsFuel) WasmtimeError.Check(StoreApi.SetFuel(NativeContext, (ulong)fuel));
    }

    /// <summary>The guest goes on, on this thread.</summary>
    public void Enter(in GuestEntry entry)
    {
        _entry = entry;
        (_outer, t_entered) = (t_entered, this);
        SignalStack.Release();
        StoreApi.SetEpochDeadline(NativeContext, ticksBeyondCurrent: 1);
        Module.Engine.Ticker.Enter();
    }

    /// <summary>Has the guest, which runs on a fiber and is in a host call, leave its stack as at a tick of the epoch.</summary>
    /// <remarks>Code looks at the deadline where a function begins. A loop remembers it: one that calls none leaves at the tick.</remarks>
    public void LeaveSoon()
    {
        _leavesSoon = true;
        StoreApi.SetEpochDeadline(NativeContext, ticksBeyondCurrent: 0);
    }

    /// <summary>Whether the guest was to leave its stack soon when it left it, which may have been for another reason.</summary>
    /// <returns>True once.</returns>
    public bool TakeLeavesSoon()
    {
        var leavesSoon = _leavesSoon;
        _leavesSoon = false;
        return leavesSoon;
    }

    /// <summary>The guest has stopped: it has ended, or waits.</summary>
    public void Leave()
    {
        Module.Engine.Ticker.Leave();
        (t_entered, _outer) = (_outer, null);
    }

    /// <summary>A late use of the memory fails its bounds check instead of touching the next guest's.</summary>
    public unsafe void ForgetMemory() => Guest.Memory.Refresh(start: null, length: 0);

    /// <summary>Runs a command from its instantiation to its end on this thread, and releases everything native that belongs to it.</summary>
    public GuestOutcome Execute(in GuestEntry entry)
    {
        try
        {
            var outcome = Instantiate(entry);
            if (outcome.Succeeded && TryGetFunction("_start"u8, out var start)) outcome = Call(start, [], entry);
            return GuestOutcome.Of(outcome, this);
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Re-reads how large the memory is: it may have grown since the last host call.</summary>
    public void RefreshMemory(nint caller) => _memory.Refresh(NativeContext, caller, Guest);

    /// <summary>The memory between two calls.</summary>
    public GuestMemory ReadMemory() => _memory.Read(NativeContext);

    /// <summary>Releases the instance. Nobody is in it.</summary>
    public void Dispose()
    {
        if (_store != 0) StoreApi.Delete(_store);
        (_store, NativeContext) = (0, 0);
        _memory.Forget();
    }

    // Makes the store and the instance, which runs the module's start section.
    private CallOutcome Instantiate(in GuestEntry entry)
    {
        Open();
        SetFuel(entry.Fuel);
        Enter(entry);
        try
        {
            var outcome = Module.InstancePre.Instantiate(NativeContext, out var instance);
            if (outcome.Succeeded) Adopt(instance);
            return outcome;
        }
        finally
        {
            LeaveForGood();
        }
    }

    private CallOutcome Call(in FunctionReference function, Span<ValRaw> values, in GuestEntry entry)
    {
        Enter(entry);
        try
        {
            return FunctionApi.Call(NativeContext, function, values);
        }
        finally
        {
            LeaveForGood();
        }
    }

    private void LeaveForGood()
    {
        Leave();
        ForgetMemory();
    }
}
