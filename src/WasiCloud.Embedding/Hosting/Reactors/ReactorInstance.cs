using System.Diagnostics.CodeAnalysis;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Hosting.Invocations;

namespace WasiCloud.Embedding.Hosting.Reactors;

/// <summary>A reactor from its start to its end. One call is in it at a time: whoever holds <see cref="_turn"/>.</summary>
internal sealed class ReactorInstance : GuestInstance, IGuestExecution
{
    private readonly InvocationServices _services;
    private readonly CompiledModule _module;
    private readonly Invocation _invocation;
    private readonly ExecutionLimits _callLimits;
    private readonly GuestLimits? _policyLimits;
    private readonly CallWaiter _waiter;

    private readonly InstanceTurn _turn;
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationToken _startToken;
    private GuestStore? _store;
    private InstanceEnd? _end;
    private Task<InvocationCompletion> _completion = null!;
    private Task<InvocationResponse> _response = null!;
    private long? _fuelConsumed;

    /// <summary>Prepares everything that holds no resources.</summary>
    /// <exception cref="ArgumentException">The request is not one that a guest can be given.</exception>
    public ReactorInstance(InvocationServices services, CompiledModule module, InvocationRequest request)
        : base(module)
    {
        (_services, _module) = (services, module);
        _policyLimits = services.Policies.Of(module, request)?.Limits;
        _callLimits = ExecutionLimits.Of(request, services.Options).Within(_policyLimits);
        _invocation = new Invocation(services);

        // The instance as a whole has no time limit; each of its calls has.
        var unlimited = new ExecutionLimits(Timeout.InfiniteTimeSpan, GuestStore.UnlimitedFuel, Timeout.InfiniteTimeSpan);
        _invocation.Begin(module, request, this, unlimited, CancellationToken.None);
        (_waiter, _turn) = (new CallWaiter(services.TimeProvider), new InstanceTurn(module.Name));
    }

    public override Task<InvocationResponse> Response => _response;

    public override Task<InvocationCompletion> Completion => _completion;

    public override bool HasEnded => Volatile.Read(ref _end) is not null;

    public override Exception? Failure => Volatile.Read(ref _end)?.Reason;

    public override long? FuelConsumed => _fuelConsumed;

    public override long MemoryBytes
    {
        get
        {
            _turn.Take(_store, CancellationToken.None);
            try
            {
                return _store?.MemoryBytes ?? 0;
            }
            finally
            {
                _turn.Release();
            }
        }
    }

    /// <summary>Makes the instance and calls its <c>_initialize</c>.</summary>
    /// <param name="slots">Gets the guest's slots back when everything is released.</param>
    /// <param name="cancellationToken">Ends the starting.</param>
    public async Task StartAsync(InvocationSlots slots, CancellationToken cancellationToken)
    {
        _startToken = cancellationToken;
        _completion = _invocation.RunAsync(slots);
        _response = _invocation.RespondAsync(_completion);
        if (await Task.WhenAny(_started.Task, _completion).ConfigureAwait(false) == _completion) await _completion.ConfigureAwait(false);
    }

    public override GuestFunction GetFunction(string name) => TryGetFunction(name, out var function) ? function : throw _module.NoFunction(name);

    public override bool TryGetFunction(string name, [NotNullWhen(true)] out GuestFunction? function)
    {
        ArgumentNullException.ThrowIfNull(name);
        _turn.Take(_store, CancellationToken.None);
        try
        {
            function = Store().FindFunction(name) is { } export ? new ReactorFunction(this, name, export) : null;
            return function is not null;
        }
        finally
        {
            _turn.Release();
        }
    }

    public override void ReadMemory(uint address, Span<byte> destination)
    {
        _turn.Take(_store, CancellationToken.None);
        try
        {
            Range(address, destination.Length).CopyTo(destination);
        }
        finally
        {
            _turn.Release();
        }
    }

    public override void WriteMemory(uint address, ReadOnlySpan<byte> source)
    {
        _turn.Take(_store, CancellationToken.None);
        try
        {
            source.CopyTo(Range(address, source.Length));
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Calls a function on this thread.</summary>
    public void Call(ReactorFunction function, Span<GuestSlot> slots, in GuestCallOptions options, CancellationToken cancellationToken)
    {
        var limits = LimitsOf(options);
        _turn.Take(_store, cancellationToken);
        try
        {
            if (Store().Module.Engine.FitsThisThread) Enter(function, slots, limits, cancellationToken);
            else CallOnGuestThread(function, slots, limits, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Calls a function on a guest thread.</summary>
    public async Task CallAsync(ReactorFunction function, GuestSlot[] slots, GuestCallOptions options, CancellationToken cancellationToken)
    {
        var limits = LimitsOf(options);
        await _turn.TakeAsync(_store, cancellationToken).ConfigureAwait(false);
        try
        {
            await RunAsync(() => Enter(function, slots, limits, cancellationToken)).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        // A call that runs would keep it waiting, and is left in the middle of something.
        if (_turn.IsTaken) _invocation.Cancel();
        End(GuestOutcome.Ended, reason: null);
        await ((Task)_completion).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Starts the instance, waits until something ends it, and releases it when the last call has left.</summary>
    async ValueTask<GuestOutcome> IGuestExecution.ExecuteAsync(GuestStore store, ExecutionLimits limits)
    {
        // The host's end, a limit of the response and a response that was disposed end an instance in which no call is.
        var registration = _invocation.Token.UnsafeRegister(static self => ((ReactorInstance)self!).Interrupt(), this);
        await using (registration.ConfigureAwait(false))
        {
            try
            {
                if (await TryInitializeAsync(store).ConfigureAwait(false)) _started.TrySetResult();
                await _ended.Task.ConfigureAwait(false);
                return await ReleaseAsync(store, _end!.Outcome).ConfigureAwait(false);
            }
            finally
            {
                store.Dispose();
                _waiter.Dispose();
            }
        }
    }

    // A caller that waits for its turn finds that the instance has ended.
    private async Task<GuestOutcome> ReleaseAsync(GuestStore store, GuestOutcome end)
    {
        await _turn.TakeLastAsync().ConfigureAwait(false);
        var measured = end.MeasuredBy(store);
        _store = null;
        store.Dispose();
        _turn.Release();
        return measured;
    }

    private async Task<bool> TryInitializeAsync(GuestStore store)
    {
        try
        {
            await RunAsync(() => Initialize(store)).ConfigureAwait(false);
            return true;
        }
        catch (Exception) when (HasEnded)
        {
            // Told by how it ended.
            return false;
        }
    }

    private void Interrupt()
    {
        var outcome = GuestOutcome.Interrupted(new OperationCanceledException(_invocation.Token));
        End(outcome, _invocation.FailureOf(outcome, _callLimits, CancellationToken.None));
    }

    // The first end counts.
    private void End(GuestOutcome outcome, Exception? reason)
    {
        if (Interlocked.CompareExchange(ref _end, new InstanceEnd(outcome, reason), null) is null) _ended.TrySetResult();
    }

    private void Initialize(GuestStore store)
    {
        _store = store;
        var failure = store.Start(Begin(store, _callLimits, _startToken));
        store.Turn.EndCall();
        if (failure is { } end) throw Fail(end, _callLimits, _startToken);
    }

    // The turn is the caller's.
    private void Enter(ReactorFunction function, Span<GuestSlot> slots, ExecutionLimits limits, CancellationToken cancellationToken)
    {
        var store = Store();
        cancellationToken.ThrowIfCancellationRequested();
        _turn.Enter();
        var end = store.Call(function.Export, slots, Begin(store, limits, cancellationToken));
        store.Turn.EndCall();
        _turn.Leave();
        _fuelConsumed = store.FuelConsumed;
        if (end is { } failed) throw Fail(failed, limits, cancellationToken);
    }

    // Rare: the caller's thread has too little stack for a guest, or nobody knows how much it has.
    private void CallOnGuestThread(ReactorFunction function, Span<GuestSlot> slots, ExecutionLimits limits, CancellationToken cancellationToken)
    {
        var copy = slots.ToArray();
#pragma warning disable VSTHRD002 // A guest thread does the work, which needs nothing of this one.
        RunAsync(() => Enter(function, copy, limits, cancellationToken)).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        copy.CopyTo(slots);
    }

    // On a guest thread, which is told for which function of the application it is done, if for one that waits.
    private Task RunAsync(Action work)
    {
        var outer = WaitingImport.Current;
        var task = new ReactorWork(outer is null ? work : () => WaitingImport.Within(outer, work));
        _module.Engine.Threads.Run(task);
        return task.Task;
    }

    private GuestEntry Begin(GuestStore store, ExecutionLimits limits, CancellationToken cancellationToken)
    {
        store.Turn.BeginCall(limits.CpuTime);
        _waiter.Begin(limits.Timeout, cancellationToken);
        return new GuestEntry(_waiter, limits.Deadline, limits.Fuel, cancellationToken);
    }

    // Ends the instance, and tells why.
    private Exception Fail(GuestOutcome end, ExecutionLimits limits, CancellationToken cancellationToken)
    {
        var failure = _invocation.FailureOf(end, limits, cancellationToken);
        _invocation.Hide(failure);
        var reason = failure ?? new GuestExitException(0);
        End(failure is null ? end : end with { Failure = failure }, reason);
        return reason;
    }

    private ExecutionLimits LimitsOf(in GuestCallOptions options) => options == default
        ? _callLimits
        : _callLimits.With(options.Timeout, options.Fuel, options.MaxCpuTime, _services.Options, nameof(GuestCallOptions), nameof(options))
            .Within(_policyLimits);

    private GuestStore Store()
    {
        if (_store is { } store && !HasEnded) return store;
        throw new GuestEndedException(_module.Name, Failure);
    }

    private Span<byte> Range(uint address, int length) => Store().ReadMemory().TryGetWritable(address, (uint)length, out var span)
        ? span
        : throw new ArgumentOutOfRangeException(
            nameof(address), address, FormattableString.Invariant($"{length} bytes from there are not in the guest's memory of {Store().MemoryBytes} bytes."));
}
