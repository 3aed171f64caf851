using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Hosting.Invocations;
using WasiCloud.Embedding.Hosting.Modules;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Hosting.Daemons;

/// <summary>Keeps a guest running.</summary>
internal sealed class Daemon : GuestDaemon
{
    private readonly InvocationServices _services;
    private readonly InvocationSlots _slots;
    private readonly CompiledModule _module;

    // Also between two of its guests.
    private readonly ModuleUse _use;
    private readonly GuestDaemonOptions _options;
    private readonly InvocationRequest _request;
    private readonly long _maxResponseBytes;
    private readonly RestartSchedule _schedule;
    private readonly IRequestPort _port;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _killed;
    private readonly ITimer? _lifetime;
    private Task _running = Task.CompletedTask;
    private volatile DaemonGuest? _guest;
    private GuestDaemonState _state = GuestDaemonState.Starting;
    private volatile Exception? _lastFailure;
    private int _restarts;
    private int _activeRequests;
    private bool _isStopRequested;

    private Daemon(
        InvocationServices services, InvocationSlots slots, CompiledModule module, ModuleUse use, string name, GuestDaemonOptions options,
        InvocationRequest request)
        : base(name, module)
    {
        (_services, _slots, _module, _use, _options) = (services, slots, module, use, options);
        _maxResponseBytes = Math.Min(services.Options.MaxResponseBytes, services.Policies.Of(module, request)?.Limits.OutputBytes ?? long.MaxValue);
        _schedule = new RestartSchedule(options, services.TimeProvider);
        _port = RequestDeliveries.OpenPort(options.Interface);
        _request = request with { Stopping = _stopping.Token, Features = [.. request.Features, _port] };
        _killed = CancellationTokenSource.CreateLinkedTokenSource(services.ShutdownToken);
        if (options is { Lifetime: { } lifetime, MaxTenants: null })
            _lifetime = services.TimeProvider.CreateTimer(static self => _ = ((Daemon)self!).StopAsync(), this, lifetime, Timeout.InfiniteTimeSpan);
    }

    public override GuestDaemonState State
    {
        get
        {
            lock (_lock) return _state;
        }
    }

    public override int Restarts => Volatile.Read(ref _restarts);

    public override TimeSpan Uptime => _guest?.Uptime ?? TimeSpan.Zero;

    public override long MemoryBytes => _guest?.MemoryBytes ?? 0;

    public override int OpenDescriptors => _guest?.OpenDescriptors ?? 0;

    public override int ActiveRequests => Volatile.Read(ref _activeRequests);

    public override Exception? LastFailure => _lastFailure;

    public override Task Completion => _running;

    /// <summary>Starts a daemon.</summary>
    /// <param name="services">The host.</param>
    /// <param name="slots">Where its guests wait for room.</param>
    /// <param name="module">What to run.</param>
    /// <param name="name">Its name.</param>
    /// <param name="options">How it lives.</param>
    /// <param name="request">What its guests are started with.</param>
    public static Daemon Start(
        InvocationServices services, InvocationSlots slots, CompiledModule module, string name, GuestDaemonOptions options, InvocationRequest request)
    {
        var use = ModuleUse.Begin(module);
        try
        {
            var daemon = new Daemon(services, slots, module, use, name, options, request);
            daemon._running = Task.Run(daemon.RunAsync);
            return daemon;
        }
        catch
        {
            use.Dispose();
            throw;
        }
    }

    public override Task<InvocationResponse> InvokeAsync(InvocationRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Tenant is not null && request.Tenant != _request.Tenant)
            throw new ArgumentException($"The request is of another tenant than the daemon '{Name}', whose guest serves all requests.", nameof(request));
        if (_services.RefuseCall(_module, _request) is { } refusal) return Task.FromException<InvocationResponse>(refusal);
        if (Interlocked.Increment(ref _activeRequests) > _options.MaxConcurrentRequests)
        {
            Interlocked.Decrement(ref _activeRequests);
            return Task.FromException<InvocationResponse>(new GuestLimitException(GuestLimit.Requests, _options.MaxConcurrentRequests));
        }

        DaemonCall call;
        try
        {
            call = new DaemonCall(
                request, _services, _maxResponseBytes, _options.RequestTimeout, problem => _guest?.HideSecrets(problem),
                () => Interlocked.Decrement(ref _activeRequests));
        }
        catch
        {
            Interlocked.Decrement(ref _activeRequests);
            throw;
        }

        if (!_port.Deliver(call.Delivered)) call.Delivered.Fail(new GuestUnavailableException(Name, State, _lastFailure));
        return call.RespondAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken = default)
    {
        await AskToEndAsync().ConfigureAwait(false);
        try
        {
            await _running.WaitAsync(_options.GracePeriod, _services.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            Log.DaemonKilled(_services.Logger, Name, _options.GracePeriod);
            await _killed.CancelAsync().ConfigureAwait(false);
            await _running.ConfigureAwait(false);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await AskToEndAsync().ConfigureAwait(false);
        await _killed.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
    }

    private async Task AskToEndAsync()
    {
        lock (_lock)
        {
            if (_isStopRequested) return;
            _isStopRequested = true;
            if (_state is not (GuestDaemonState.Stopped or GuestDaemonState.Failed)) _state = GuestDaemonState.Stopping;
        }

        _port.Stop();
        await _stopping.CancelAsync().ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        using var use = _use;
        var end = GuestDaemonState.Stopped;
        while (true)
        {
            var (uptime, hasFailed) = await RunGuestAsync().ConfigureAwait(false);
            if (!IsRestarted(hasFailed)) break;
            if (!_schedule.TryNext(uptime, out var delay))
            {
                Log.DaemonGivenUp(_services.Logger, Name, _options.MaxRestarts, _options.RestartWindow);
                end = GuestDaemonState.Failed;
                break;
            }

            if (!TrySet(GuestDaemonState.Waiting)) break;
            Log.DaemonWaits(_services.Logger, Name, delay, _restarts);
            if (!await DelayAsync(delay).ConfigureAwait(false) || !TrySet(GuestDaemonState.Starting)) break;
            Interlocked.Increment(ref _restarts);
        }

        End(end);
    }

    private async Task<(TimeSpan Uptime, bool HasFailed)> RunGuestAsync()
    {
        Exception? failure;
        var uptime = TimeSpan.Zero;
        try
        {
            await _slots.EnterAsync(_services.ClaimOf(_module, _request), _killed.Token).ConfigureAwait(false);
            var guest = DaemonGuest.Create(_services, _module, _request, _killed.Token);
            _guest = guest;
            if (TrySet(GuestDaemonState.Running)) Log.DaemonStarted(_services.Logger, Name, _module.Name);
            failure = await guest.RunAsync(_slots).ConfigureAwait(false);
            uptime = guest.Uptime;
            _guest = null;
        }
        catch (Exception exception) when (exception is GuestException or OperationCanceledException)
        {
            // There was no slot.
            failure = exception;
        }

        Report(failure, uptime);
        _port.GuestEnded(failure ?? new GuestExitException(0));
        return (uptime, failure is not null);
    }

    private void Report(Exception? failure, TimeSpan uptime)
    {
        // Servers are written to run for ever: how one ends that was asked to says nothing.
        bool isAsked;
        lock (_lock) isAsked = _isStopRequested;
        if (failure is null || isAsked)
        {
            Log.DaemonEnded(_services.Logger, Name, _module.Name, uptime);
            return;
        }

        _lastFailure = failure;
        Log.DaemonFailed(_services.Logger, Name, _module.Name, uptime, LastWordsOf(failure), ExceptionText.ForLog(failure));
    }

    // No line of a guest begins where a line of the log does.
    private static string LastWordsOf(Exception failure) => (failure as GuestException)?.StandardError.ReplaceLineEndings("\n    ") ?? string.Empty;

    private bool IsRestarted(bool hasFailed) =>
        !_killed.IsCancellationRequested && (_options.Restart == GuestRestart.Always || (_options.Restart == GuestRestart.OnFailure && hasFailed));

    private async Task<bool> DelayAsync(TimeSpan delay)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, _killed.Token);
        try
        {
            await Task.Delay(delay, _services.TimeProvider, either.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    // Once it is to stop, nothing else is a state.
    private bool TrySet(GuestDaemonState state)
    {
        lock (_lock)
        {
            if (_isStopRequested) return false;
            _state = state;
            return true;
        }
    }

    private void End(GuestDaemonState state)
    {
        _lifetime?.Dispose();
        lock (_lock) _state = state;
        _port.Fail(new GuestUnavailableException(Name, state, _lastFailure));
        if (state == GuestDaemonState.Stopped) Log.DaemonStopped(_services.Logger, Name);
    }
}
