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
    private readonly CancellationToken _callerToken;
    private readonly CancellationTokenSource _cancellation;
    private readonly InvocationExchange _exchange;
    private readonly DescriptorTable _descriptors;
    private readonly InvocationNamespace _namespace;
    private readonly StandardStreams _streams;
    private readonly string _id;
    private readonly long _started;
    private readonly TimeSpan _timeout;

    // Why this library ended the guest, if it did: the first reason counts.
    private GuestException? _termination;

    public Invocation(InvocationServices services, CompiledModule module, InvocationRequest request, CancellationToken callerToken, CancellationToken hostToken)
    {
        (_services, _module, _request, _callerToken) = (services, module, request, callerToken);
        var options = services.Options;
        _id = FormattableString.Invariant($"{Interlocked.Increment(ref _lastId):x}");
        _started = services.TimeProvider.GetTimestamp();
        _timeout = request.Timeout ?? options.ExecutionTimeout;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(callerToken, hostToken);
        _exchange = new InvocationExchange(
            request, new ExchangeLimits(options.MaxResponseBytes, options.MaxResponseHeadBytes, options.MaxJsonBodyBytes, options.ResponseBufferBytes), Terminate);
        var context = new InvocationContext { Id = _id, TimeProvider = services.TimeProvider };
        context.AddFeature(_exchange);
        foreach (var feature in request.Features) context.AddFeature(feature);
        _namespace = new InvocationNamespace(services.Mounts, context);
        _descriptors = new DescriptorTable(options.MaxDescriptors);
        _streams = new StandardStreams(request, services.Logger, _id, module.Name);
    }

    /// <summary>Starts the guest.</summary>
    /// <param name="slots">Gets one slot back when everything is released.</param>
    /// <returns>The response once its head is known.</returns>
    public async Task<InvocationResponse> StartAsync(SemaphoreSlim slots)
    {
        var completion = RunAsync(slots);
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
    public void Cancel()
    {
        try
        {
            _cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended.
        }
    }

    public void HostCallFailed(string function, string path, Exception exception) =>
        Log.HostCallFailed(_services.Logger, _id, _module.Name, function, path, exception);

    private async Task<InvocationCompletion> RunAsync(SemaphoreSlim slots)
    {
        try
        {
            using var timer = _services.TimeProvider.CreateTimer(static state => ((Invocation)state!).ExceedTime(), this, _timeout, Timeout.InfiniteTimeSpan);
            _streams.AddTo(_descriptors);
            _descriptors.Add(new Descriptor(_namespace.Root, handle: null, basePath: "/", relativePath: string.Empty) { PreopenName = "/" });
            var outcome = await _services.Threads.RunAsync(new GuestRun(_module, CreateGuest(), DeadlineTicks(), _cancellation.Token)).ConfigureAwait(false);
            var failure = await CloseAsync(outcome).ConfigureAwait(false);
            if (failure is null) return Complete(outcome);
            if (failure is GuestException guestException) guestException.StandardError = _streams.ErrorTail;
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
            _namespace.Release();
            _cancellation.Dispose();
            slots.Release();
        }
    }

    private GuestContext CreateGuest()
    {
        var environment = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in _services.Options.Environment) environment[name] = value;
        foreach (var (name, value) in _request.Environment) environment[name] = value;
        return new GuestContext(_descriptors, new GuestClock(_services.TimeProvider), this)
        {
            Arguments = new GuestStrings([_module.Name, .. _request.Arguments]),
            Environment = new GuestStrings([.. environment.Select(variable => $"{variable.Key}={variable.Value}")]),
        };
    }

    private long DeadlineTicks() => _timeout == Timeout.InfiniteTimeSpan ? long.MaxValue : Environment.TickCount64 + (long)_timeout.TotalMilliseconds + 1;

    private InvocationCompletion Complete(GuestOutcome outcome)
    {
        var elapsed = _services.TimeProvider.GetElapsedTime(_started);
        return new InvocationCompletion(outcome.ExitCode ?? 0, elapsed, outcome.MemoryBytes, _exchange.RequestBytes, _exchange.ResponseBytes);
    }

    // Only a guest that ended well commits what it left open; whatever else happens, everything is released.
    private async ValueTask<Exception?> CloseAsync(GuestOutcome outcome)
    {
        var failure = InvocationFailure.Of(outcome, Describe());
        var reason = failure is null ? CloseReason.Closed : CloseReason.Abandoned;
        try
        {
            var (error, path) = await _descriptors.CloseAllAsync(reason, failure is null ? _cancellation.Token : CancellationToken.None).ConfigureAwait(false);
            if (failure is null && error != Errno.Success) failure = new GuestCommitException(path!, error);
        }
        catch (Exception exception)
        {
            HostCallFailed("proc_exit", string.Empty, exception);
            failure ??= new GuestCommitException(string.Empty, Errno.IO);
        }

        return failure ?? _termination ?? _exchange.GuestSucceeded();
    }

    private InvocationLimits Describe() => new(
        _termination,
        _cancellation.IsCancellationRequested,
        (long)_timeout.TotalMilliseconds,
        _services.Options.MaxMemoryBytes,
        _descriptors.LimitWasHit ? _descriptors.MaxDescriptors : null,
        _callerToken);

    private void Terminate(GuestException reason)
    {
        Interlocked.CompareExchange(ref _termination, reason, null);
        Cancel();
    }

    private void ExceedTime() => Terminate(new GuestLimitException(GuestLimit.Time, (long)_timeout.TotalMilliseconds));
}
