using System.Runtime.ExceptionServices;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Guests;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Hosting.Streams;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Preview1;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>One guest from start to end: attach, run, close, tell. Then, if it went well, the next one.</summary>
internal sealed class Invocation
{
    // What mounts have, together, to release what a guest left open that did not end well: its slot is not free before.
    private static readonly TimeSpan AbandonTimeout = TimeSpan.FromSeconds(5);

    private static long _lastNumber;

    private readonly InvocationServices _services;
    private readonly InvocationLog _log;
    private readonly InvocationCancellation _cancellation;
    private readonly InvocationTimer _timer;
    private readonly InvocationExchange _exchange;
    private readonly DescriptorTable _descriptors;
    private readonly InvocationTree _tree;
    private readonly StandardStreams _streams;
    private readonly Preview1Context _guest;

    // Weak, so that what is idle keeps no code alive.
    private readonly WeakReference<CompiledModule?> _lastModule = new(target: null);
    private GuestStrings? _nameAsArgument;
    private InvocationPool? _pool;
    private GuestStore? _store;
    private CompiledModule _module = null!;
    private SlotClaim _claim;
    private InvocationRequest _request = null!;
    private IGuestExecution _execution = null!;
    private ExecutionLimits _limits;
    private long _maxMemoryBytes;
    private InvocationContext _context = null!;
    private CancellationToken _callerToken;
    private ComputeTurn? _place;
    private GuestOutcome _outcome;

    // Where the guest asks for its requests, if it does.
    private IRequestPort? _port;

    // Whether nothing that belongs to the last guest may still reach this.
    private bool _isReusable;

    // Why this library ended the guest, if it did: the first reason counts.
    private GuestException? _termination;

    /// <summary>Prepares what invocation after invocation uses. <see cref="Begin"/> begins one.</summary>
    /// <param name="services">The host.</param>
    public Invocation(InvocationServices services)
    {
        _services = services;
        _log = new InvocationLog(services.Logger);
        _cancellation = new InvocationCancellation(services.Logger);
        _timer = new InvocationTimer(services.TimeProvider, ExceedTime);
        _exchange = new InvocationExchange(services.ExchangeLimits, Terminate);
        _tree = new InvocationTree(services.Mounts, services.Audit, () => _guest!.CurrentPath);
        _descriptors = new DescriptorTable(services.Options.MaxDescriptors);
        _streams = new StandardStreams(services.Logger, services.LogLimits, services.TimeProvider);
        _guest = new Preview1Context(new GuestState(_descriptors, new GuestClock(services.TimeProvider), services.RandomSource), _log, _tree.View);
    }

    /// <summary>Ends what the guest does: cancelled when its caller, its host, a limit or its response wants it to.</summary>
    public CancellationToken Token => _cancellation.Token;

    /// <summary>Begins with a guest. Takes nothing that would have to be released.</summary>
    /// <param name="module">What to run.</param>
    /// <param name="request">What the guest sees.</param>
    /// <param name="execution">How to run it.</param>
    /// <param name="limits">The limits of the whole.</param>
    /// <param name="callerToken">Ends the guest.</param>
    /// <param name="pool">Where this goes when it has gone well and its response was disposed.</param>
    /// <param name="place">Has a place to compute, which the guest gets.</param>
    /// <exception cref="ArgumentException">The request is not one that a guest can be given.</exception>
    public void Begin(
        CompiledModule module, InvocationRequest request, IGuestExecution execution, ExecutionLimits limits, CancellationToken callerToken,
        InvocationPool? pool = null, ComputeTurn? place = null)
    {
        // The next guest of a module uses the names that the last one used; one of another module does not.
        if (!_lastModule.TryGetTarget(out var last) || !ReferenceEquals(last, module))
        {
            _guest.ForgetTexts();
            _lastModule.SetTarget(module);
            _nameAsArgument = null;
        }

        (_module, _request, _execution, _limits, _callerToken, _pool, _place) = (module, request, execution, limits, callerToken, pool, place);
        _exchange.Begin(request);
        var policy = _services.Policies.Of(module, request);
        Limit(policy?.Limits);
        _claim = SlotClaim.Of(module, request, policy?.Limits);
        _context = new InvocationContext(Interlocked.Increment(ref _lastNumber), _services.TimeProvider, request.Stopping)
        {
            ClientLeft = request.ClientLeft,
            Tenant = request.Tenant,
            PolicyLimits = policy?.Limits,
            TenantAllowance = _services.AllowanceOf(request.Tenant, policy?.Limits),
            Module = module.Name,
        };
        _context.AddFeature(_exchange);
        for (var index = 0; index < request.Features.Count; index++) _context.AddFeature(request.Features[index]);
        _tree.Begin(_context, _services.Policies.AuthorityOf(module, request, policy));
        _log.Begin(_context);
        _cancellation.Begin(_context);
        (_termination, _isReusable) = (null, false);
    }

    /// <summary>Runs the guest.</summary>
    /// <param name="slots">Gets the guest's slots back when everything is released.</param>
    /// <returns>Completes when everything is released.</returns>
    public async Task<InvocationCompletion> RunAsync(InvocationSlots slots)
    {
        Exception? failure;
        try
        {
            _timer.Start(_limits.Remaining);
            _cancellation.Follow(_callerToken, _services.ShutdownToken);
            _outcome = await ExecuteAsync().ConfigureAwait(false);
            failure = await CloseAsync().ConfigureAwait(false);
            Hide(failure);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        Release(slots, failure);

        // Thrown once: under overload most guests fail, and a throw costs as much as a small guest.
        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
        return Complete();
    }

    /// <summary>The guest's memory at its last host call, in bytes. Of any guest that runs: may be read from any thread.</summary>
    public long MemoryBytes => _guest.MemoryBytes;

    /// <summary>How many descriptors the guest has open, about: may be read from any thread.</summary>
    public int OpenDescriptors => _descriptors.Count;

    /// <summary>Waits for the head of the response.</summary>
    /// <param name="completion">What <see cref="RunAsync"/> returned.</param>
    /// <returns>The response once its head is known.</returns>
    public async Task<InvocationResponse> RespondAsync(Task<InvocationCompletion> completion)
    {
        if (await _exchange.Head.ConfigureAwait(false) is { } head)
            return new GuestResponse(head.StatusCode, head.Headers, new ResponseBodyReader(_exchange.ResponseBody), this, completion);

        // There is none only after everything is closed; the same failure is in the completion, which nobody will see.
        await ((Task)completion).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ExceptionDispatchInfo.Throw(_exchange.HeadFailure!);
        return null;
    }

    /// <summary>Ends the guest, if it still runs.</summary>
    public void Cancel() => _cancellation.Cancel();

    /// <summary>Nobody reads the invocation's own response: what the guest writes there is <see cref="Errno.Pipe"/>.</summary>
    public void DiscardResponse() => _exchange.ResponseAbandoned();

    /// <summary>The guest has gone well and nobody needs anything of it any more: serves the next.</summary>
    public void Recycle()
    {
        if (!_isReusable || _pool is not { } pool || !_exchange.TryReset() || !_cancellation.TryReset()) return;
        _descriptors.Reset();
        _tree.Reset();
        _streams.Reset();
        _guest.Reset();
        _store!.End();
        (_module, _request, _context, _callerToken, _outcome, _pool, _port, _place) = (null!, null!, null!, default, default, null, null, null);
        _claim = default;
        pool.Return(this);
    }

    /// <summary>Tells in what is thrown of the guest what it wrote to standard error, and hides the secrets that it has read.</summary>
    public void Hide(Exception? failure)
    {
        _streams.ShowTail(failure as GuestException);
        HideSecrets(failure as GuestException);
    }

    /// <summary>As <see cref="Hide(Exception?)"/>, of what the guest does not end with.</summary>
    public void HideSecrets(GuestException? failure) => _log.Hide(failure);

    /// <summary>Says why the guest failed, with the limits of one entry into it.</summary>
    /// <returns>The exception, or <see langword="null"/> if it did not fail.</returns>
    public Exception? FailureOf(GuestOutcome outcome, ExecutionLimits limits, CancellationToken callerToken) =>
        InvocationFailure.Of(outcome, new InvocationLimits(
            _termination, _cancellation.IsRequested || callerToken.IsCancellationRequested, (long)limits.Timeout.TotalMilliseconds, _maxMemoryBytes,
            _descriptors.LimitWasHit ? _descriptors.MaxDescriptors : null, limits.Fuel, callerToken));

    // What the policy leaves of the host's limits, guest after guest.
    private void Limit(GuestLimits? limits)
    {
        var options = _services.Options;
        _limits = _limits.Within(limits);
        _maxMemoryBytes = Math.Min(options.MaxMemoryBytes, limits?.MemoryBytes ?? long.MaxValue);
        _descriptors.MaxDescriptors = (int)Math.Min(options.MaxDescriptors, limits?.Descriptors ?? long.MaxValue);
        _exchange.Response.MaxBytes = Math.Min(options.MaxResponseBytes, limits?.OutputBytes ?? long.MaxValue);
    }

    private ValueTask<GuestOutcome> ExecuteAsync()
    {
        if (_module.MinMemoryBytes > _maxMemoryBytes) throw new GuestLimitException(GuestLimit.Memory, _maxMemoryBytes);
        var start = RequestDeliveries.Of(_request.Interface).Deliver(_request, _exchange, _context, _module);
        _port = start.Port;
        _streams.AddTo(_descriptors, _request, _context, _module.Name, _limits.HaveEnd, start);
        if (start.Descriptor is not null) _descriptors.Add(start.Descriptor);

        // A guest that is given no files at all has no directory either.
        if (_services.Mounts.MountCount > 0) _descriptors.Add(_tree.Root);
        _guest.State.Arguments = start.Arguments.Count == 0
            ? _nameAsArgument ??= new GuestStrings([_module.Name])
            : new GuestStrings([_module.Name, .. start.Arguments]);
        _guest.State.Environment = _services.Environment.Merge(start.Environment);
        if (_request.Observer is { } observer) _guest.Observe(new HostCallRecorder(new ObservedGuest(_guest, _context), observer, _log.ObserverFailed));
        _guest.Clock.Restart();
        _store ??= new GuestStore(_module, _guest, _cancellation.Token);
        _guest.Interruption = _store.Turn;
        _store.Begin(_module, _context, _maxMemoryBytes, _cancellation.Token, _services.TenantShares.Of(_request.Tenant));
        _store.Turn.Begin(_limits.CpuTime, _context.GetFeature<IWorkSource>(), _context.TenantAllowance);
        if (_place is not null) _store.Turn.TakeOver(_place);
        return _execution.ExecuteAsync(_store, _limits);
    }

    private InvocationCompletion Complete() => new(
        _outcome.ExitCode ?? 0, _services.TimeProvider.GetElapsedTime(_timer.Started), _outcome.MemoryBytes, _exchange.RequestBytes, _exchange.ResponseBytes,
        _outcome.FuelConsumed, _outcome.CpuTime);

    // Only a guest that ended well commits what it left open; whatever else happens, everything is closed.
    private async ValueTask<Exception?> CloseAsync()
    {
        var failure = _outcome.Failure ?? FailureOf(_outcome, _limits, _callerToken);
        if (failure is not null)
        {
            // The guest's own token may be cancelled already, and a mount that has something to release needs one that is not.
            using var patience = new CancellationTokenSource(AbandonTimeout, _services.TimeProvider);
            await DescriptorClosing.CloseAsync(_descriptors, CloseReason.Abandoned, _log, patience.Token).ConfigureAwait(false);
            return HasServed(failure) ? _exchange.GuestSucceeded() : failure;
        }

        var (error, path) = await DescriptorClosing.CloseAsync(_descriptors, CloseReason.Closed, _log, _cancellation.Token).ConfigureAwait(false);

        // What is committed is committed: it is too late for a limit or a cancellation.
        if (error == Errno.Success) return _exchange.GuestSucceeded();

        // A malformed response, or a commit that was cut short, comes back as an error of the close; the reason tells more.
        if (_termination is not null) return _termination;
        return _cancellation.IsRequested ? InvocationFailure.Canceled(_callerToken) : new GuestCommitException(path, error);
    }

    // Servers are written to run for ever: what one does when it is told that nothing more comes says nothing about the response it gave.
    private bool HasServed(Exception failure) =>
        failure is GuestExitException or GuestTrapException && _port is { HasToldEnd: true } && _exchange.Response.IsEnded;

    // The slot comes back whatever a mount's release does.
    private void Release(InvocationSlots slots, Exception? failure)
    {
        try
        {
            // Also what is thrown before the guest runs must reach whoever waits for the head.
            if (failure is not null) _exchange.GuestFailed(failure);
            var isOver = _timer.Stop() & _cancellation.Unfollow();
            if (_tree.View.LacksTenant) _services.Policies.NoteWithoutTenant(_module);
            _tree.Release();
            _context.TenantAllowance?.End();
            _streams.End();
            _isReusable = isOver;
        }
        catch (Exception exception)
        {
            _log.ReleaseFailed(exception);
        }
        finally
        {
            _log.End();
            slots.Leave(_claim);
        }
    }

    private void Terminate(GuestException reason)
    {
        _log.Hide(reason);
        Interlocked.CompareExchange(ref _termination, reason, null);
        _cancellation.CancelElsewhere();
    }

    private void ExceedTime() => Terminate(new GuestLimitException(GuestLimit.Time, (long)_limits.Timeout.TotalMilliseconds));
}
