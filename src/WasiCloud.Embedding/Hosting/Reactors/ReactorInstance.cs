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
    private readonly CallWaiter _waiter;

    // Never disposed: it has no handle as long as nobody asks for one, and a late caller may still wait for its turn.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<GuestOutcome> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationToken _startToken;
    private GuestStore? _store;
    private int _callingThread;
    private Task<InvocationCompletion> _completion = null!;
    private Task<InvocationResponse> _response = null!;
    private long? _fuelConsumed;

    /// <summary>Prepares everything that holds no resources.</summary>
    /// <exception cref="ArgumentException">The request is not one that a guest can be given.</exception>
    public ReactorInstance(InvocationServices services, CompiledModule module, InvocationRequest request)
        : base(module)
    {
        (_services, _module) = (services, module);
        _callLimits = ExecutionLimits.Of(request, services.Options);
        _invocation = new Invocation(services);

        // The instance as a whole has no time limit; each of its calls has.
        var unlimited = new ExecutionLimits(Timeout.InfiniteTimeSpan, GuestStore.UnlimitedFuel, Timeout.InfiniteTimeSpan);
        _invocation.Begin(module, request, this, unlimited, CancellationToken.None);
        _waiter = new CallWaiter(services.TimeProvider);
    }

    public override Task<InvocationResponse> Response => _response;

    public override Task<InvocationCompletion> Completion => _completion;

    public override long? FuelConsumed => _fuelConsumed;

    public override long MemoryBytes
    {
        get
        {
            TakeTurn(CancellationToken.None);
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

    public override GuestFunction GetFunction(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        TakeTurn(CancellationToken.None);
        try
        {
            return new ReactorFunction(this, name, Store().FindFunction(name));
        }
        finally
        {
            _turn.Release();
        }
    }

    public override void ReadMemory(uint address, Span<byte> destination)
    {
        TakeTurn(CancellationToken.None);
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
        TakeTurn(CancellationToken.None);
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
    public void Call(ReactorFunction function, ReadOnlySpan<GuestValue> arguments, Span<GuestValue> results, in GuestCallOptions options,
        CancellationToken cancellationToken)
    {
        var limits = LimitsOf(options);
        TakeTurn(cancellationToken);
        try
        {
            if (Store().Module.Engine.FitsThisThread) Enter(function, arguments, results, limits, cancellationToken);
            else CallOnGuestThread(function, arguments, results, limits, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Calls a function on a guest thread.</summary>
    public async Task<GuestValue[]> CallAsync(ReactorFunction function, GuestValue[] arguments, GuestCallOptions options, CancellationToken cancellationToken)
    {
        var limits = LimitsOf(options);
        ThrowIfReentrant();
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var results = new GuestValue[function.Export.ResultTypes.Length];
            var work = new ReactorWork(() => Enter(function, arguments, results, limits, cancellationToken));
            _module.Engine.Threads.Run(work);
            await work.Task.ConfigureAwait(false);
            return results;
        }
        finally
        {
            _turn.Release();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        // A call that runs would keep it waiting, and is left in the middle of something.
        if (_turn.CurrentCount == 0) _invocation.Cancel();
        _ended.TrySetResult(GuestOutcome.Ended);
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
                var end = await _ended.Task.ConfigureAwait(false);
                return await ReleaseAsync(store, end).ConfigureAwait(false);
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
        await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        var measured = end.MeasuredBy(store);
        _store = null;
        store.Dispose();
        _turn.Release();
        return measured;
    }

    private async Task<bool> TryInitializeAsync(GuestStore store)
    {
        var work = new ReactorWork(() => Initialize(store));
        _module.Engine.Threads.Run(work);
        try
        {
            await work.Task.ConfigureAwait(false);
            return true;
        }
        catch (Exception) when (_ended.Task.IsCompleted)
        {
            // Told by how it ended.
            return false;
        }
    }

    private void Interrupt() => _ended.TrySetResult(GuestOutcome.Interrupted(new OperationCanceledException(_invocation.Token)));

    private void Initialize(GuestStore store)
    {
        _store = store;
        var failure = store.Start(Begin(store, _callLimits, _startToken));
        store.Turn.EndCall();
        if (failure is { } end) throw Fail(end, _callLimits, _startToken);
    }

    // The turn is the caller's.
    private void Enter(
        ReactorFunction function, ReadOnlySpan<GuestValue> arguments, Span<GuestValue> results, ExecutionLimits limits, CancellationToken cancellationToken)
    {
        var store = Store();
        cancellationToken.ThrowIfCancellationRequested();
        _callingThread = Environment.CurrentManagedThreadId;
        var end = store.Call(function.Export, arguments, results, Begin(store, limits, cancellationToken));
        store.Turn.EndCall();
        _callingThread = 0;
        _fuelConsumed = store.FuelConsumed;
        if (end is { } failed) throw Fail(failed, limits, cancellationToken);
    }

    // Rare: the caller's thread has too little stack for a guest, or nobody knows how much it has.
    private void CallOnGuestThread(
        ReactorFunction function, ReadOnlySpan<GuestValue> arguments, Span<GuestValue> results, ExecutionLimits limits, CancellationToken cancellationToken)
    {
        var (input, output) = (arguments.ToArray(), new GuestValue[results.Length]);
        var work = new ReactorWork(() => Enter(function, input, output, limits, cancellationToken));
        _module.Engine.Threads.Run(work);
#pragma warning disable VSTHRD002 // A guest thread does the work, which needs nothing of this one.
        work.Task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        output.CopyTo(results);
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
        if (failure is GuestException guestException) guestException.StandardError = _invocation.StandardErrorTail;
        _ended.TrySetResult(failure is null ? end : end with { Failure = failure });
        return failure ?? new GuestExitException(0);
    }

    private ExecutionLimits LimitsOf(in GuestCallOptions options) => options == default
        ? _callLimits
        : _callLimits.With(options.Timeout, options.Fuel, options.MaxCpuTime, _services.Options, nameof(options));

    private void TakeTurn(CancellationToken cancellationToken)
    {
        ThrowIfReentrant();
        _turn.Wait(cancellationToken);
    }

    private void ThrowIfReentrant()
    {
        if (_callingThread == Environment.CurrentManagedThreadId)
            throw new InvalidOperationException($"'{_module.Name}' is calling this function; it cannot be called from there.");
    }

    private GuestStore Store()
    {
        if (_store is { } store && !_ended.Task.IsCompleted) return store;
        throw new InvalidOperationException($"The instance of '{_module.Name}' has ended.", _completion.Exception?.InnerException);
    }

    private Span<byte> Range(uint address, int length) => Store().ReadMemory().TryGetWritable(address, (uint)length, out var span)
        ? span
        : throw new ArgumentOutOfRangeException(
            nameof(address), address, FormattableString.Invariant($"{length} bytes from there are not in the guest's memory of {Store().MemoryBytes} bytes."));
}
