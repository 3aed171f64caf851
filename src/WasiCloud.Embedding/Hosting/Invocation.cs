using System.Runtime.CompilerServices;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Messages;
using WasiCloud.Embedding.Preview1;

namespace WasiCloud.Embedding.Hosting;

/// <summary>One guest from start to end: attach, run, close, tell.</summary>
internal sealed class Invocation : IGuestDiagnostics
{
    private static long _lastId;

    private readonly InvocationServices _services;
    private readonly CompiledModule _module;
    private readonly InvocationRequest _request;
    private readonly IGuestExecution _execution;
    private readonly CancellationToken _callerToken;
    private readonly InvocationContext _context;
    private readonly InvocationCancellation _cancellation;
    private readonly InvocationExchange _exchange;
    private readonly DescriptorTable _descriptors;
    private readonly InvocationNamespace _namespace;
    private readonly StandardStreams _streams;
    private readonly string _id;

    // Why this library ended the guest, if it did: the first reason counts.
    private GuestException? _termination;

    /// <summary>Prepares everything that holds no resources.</summary>
    /// <param name="services">The host.</param>
    /// <param name="module">What to run.</param>
    /// <param name="request">What the guest sees.</param>
    /// <param name="execution">How to run it.</param>
    /// <param name="callerToken">Ends the guest.</param>
    /// <exception cref="ArgumentException">The request is not one that a guest can be given.</exception>
    public Invocation(InvocationServices services, CompiledModule module, InvocationRequest request, IGuestExecution execution, CancellationToken callerToken)
    {
        (_services, _module, _request, _execution, _callerToken) = (services, module, request, execution, callerToken);
        var options = services.Options;
        _id = FormattableString.Invariant($"{Interlocked.Increment(ref _lastId):x}");
        _cancellation = new InvocationCancellation(services.Logger, _id, module.Name);
        _exchange = new InvocationExchange(request, services.ExchangeLimits, Terminate);
        _context = new InvocationContext { Id = _id, TimeProvider = services.TimeProvider };
        _context.AddFeature(_exchange);
        foreach (var feature in request.Features) _context.AddFeature(feature);
        _namespace = new InvocationNamespace(services.Mounts, _context);
        _descriptors = new DescriptorTable(options.MaxDescriptors);
        _streams = new StandardStreams(request, services.Logger, _id, module.Name);
    }

    /// <summary>Ends what the guest does: cancelled when its caller, its host, a limit or its response wants it to.</summary>
    public CancellationToken Token => _cancellation.Token;

    /// <summary>The last of what the guest wrote to standard error.</summary>
    public string StandardErrorTail => _streams.ErrorTail;

    /// <summary>Runs the guest.</summary>
    /// <param name="slots">Gets one slot back when everything is released.</param>
    /// <returns>Completes when everything is released.</returns>
    public async Task<InvocationCompletion> RunAsync(InvocationSlots slots)
    {
        try
        {
            ObjectDisposedException.ThrowIf(_module.IsDisposed, _module);
            var started = _services.TimeProvider.GetTimestamp();
            using var timer = _services.TimeProvider.CreateTimer(static self => ((Invocation)self!).ExceedTime(), this, _execution.Limits.Timeout, Timeout.InfiniteTimeSpan);
            _cancellation.Follow(_callerToken, _services.ShutdownToken);
            var outcome = await ExecuteAsync().ConfigureAwait(false);
            var failure = await CloseAsync(outcome).ConfigureAwait(false);
            if (failure is null) return Complete(outcome, started);
            if (failure is GuestException guestException) guestException.StandardError = StandardErrorTail;
            throw failure;
        }
        catch (Exception exception)
        {
            // Also what is thrown before the guest runs must reach whoever waits for the head.
            _exchange.GuestFailed(exception);
            throw;
        }
        finally
        {
            Release(slots);
        }
    }

    /// <summary>Waits for the head of the response.</summary>
    /// <param name="completion">What <see cref="RunAsync"/> returned.</param>
    /// <returns>The response once its head is known.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<InvocationResponse> RespondAsync(Task<InvocationCompletion> completion)
    {
        try
        {
            var head = await _exchange.Head.ConfigureAwait(false);
            return new GuestResponse(head.StatusCode, head.Headers, _exchange.ResponseBody, this, completion);
        }
        catch
        {
            // The head faults only after everything is closed; the same failure is in the completion, which nobody will see.
            await ((Task)completion).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    /// <summary>Ends the guest, if it still runs.</summary>
    public void Cancel() => _cancellation.Cancel();

    public void HostCallFailed(string function, string path, Exception exception) =>
        Log.HostCallFailed(_services.Logger, _id, _module.Name, function, path, exception);

    /// <summary>Says why the guest failed, with the limits of one entry into it.</summary>
    /// <returns>The exception, or <see langword="null"/> if it did not fail.</returns>
    public Exception? FailureOf(GuestOutcome outcome, ExecutionLimits limits, CancellationToken callerToken) => InvocationFailure.Of(outcome, new InvocationLimits(
        _termination,
        _cancellation.IsRequested || callerToken.IsCancellationRequested,
        (long)limits.Timeout.TotalMilliseconds,
        _services.Options.MaxMemoryBytes,
        _descriptors.LimitWasHit ? _descriptors.MaxDescriptors : null,
        limits.Fuel,
        callerToken));

    private ValueTask<GuestOutcome> ExecuteAsync()
    {
        _streams.AddTo(_descriptors);

        // A guest that is given no files at all has no directory either.
        if (_services.Mounts.MountCount > 0) AddRoot();
        return _execution.ExecuteAsync(new GuestStore(_module, CreateGuest(), _cancellation.Token) { Context = _context });
    }

    private void AddRoot() =>
        _descriptors.Add(new Descriptor(_namespace.Root, handle: null, basePath: "/", relativePath: string.Empty) { PreopenName = "/" });

    private GuestContext CreateGuest() => new(_descriptors, new GuestClock(_services.TimeProvider), this)
    {
        Arguments = _request.Arguments.Count == 0 ? _module.NameAsArgument : new GuestStrings([_module.Name, .. _request.Arguments]),
        Environment = _services.Environment.Merge(_request.Environment),
        Trace = _context.GetFeature<IHostCallTrace>(),
    };

    private InvocationCompletion Complete(GuestOutcome outcome, long started) => new(
        outcome.ExitCode ?? 0, _services.TimeProvider.GetElapsedTime(started), outcome.MemoryBytes, _exchange.RequestBytes, _exchange.ResponseBytes,
        outcome.FuelConsumed);

    // Only a guest that ended well commits what it left open; whatever else happens, everything is closed.
    private async ValueTask<Exception?> CloseAsync(GuestOutcome outcome)
    {
        var failure = outcome.Failure ?? FailureOf(outcome, _execution.Limits, _callerToken);
        var (error, path) = failure is null
            ? await CloseDescriptorsAsync(CloseReason.Closed, _cancellation.Token).ConfigureAwait(false)
            : await CloseDescriptorsAsync(CloseReason.Abandoned, CancellationToken.None).ConfigureAwait(false);
        if (failure is not null) return failure;

        // What is committed is committed: it is too late for a limit or a cancellation.
        if (error == Errno.Success) return _exchange.GuestSucceeded();

        // A malformed response, or a commit that was cut short, comes back as an error of the close; the reason tells more.
        if (_termination is not null) return _termination;
        return _cancellation.IsRequested ? InvocationFailure.Canceled(_callerToken) : new GuestCommitException(path, error);
    }

    private async ValueTask<(Errno Error, string Path)> CloseDescriptorsAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        try
        {
            var (error, path) = await _descriptors.CloseAllAsync(reason, cancellationToken).ConfigureAwait(false);
            return (error, path ?? string.Empty);
        }
        catch (Exception exception)
        {
            if (!cancellationToken.IsCancellationRequested) Log.CloseFailed(_services.Logger, _id, _module.Name, exception);
            return (Errno.IO, (exception as DescriptorCloseException)?.Path ?? string.Empty);
        }
    }

    // The slot comes back whatever a mount's release does.
    private void Release(InvocationSlots slots)
    {
        try
        {
            _cancellation.Unfollow();
            _namespace.Release();
        }
        catch (Exception exception)
        {
            Log.ReleaseFailed(_services.Logger, _id, _module.Name, exception);
        }
        finally
        {
            slots.Leave();
        }
    }

    private void Terminate(GuestException reason)
    {
        Interlocked.CompareExchange(ref _termination, reason, null);
        Cancel();
    }

    private void ExceedTime() => Terminate(new GuestLimitException(GuestLimit.Time, (long)_execution.Limits.Timeout.TotalMilliseconds));
}
