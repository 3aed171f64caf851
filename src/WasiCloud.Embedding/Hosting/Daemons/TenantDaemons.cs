using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Hosting.Invocations;
using WasiCloud.Embedding.Hosting.Modules;

namespace WasiCloud.Embedding.Hosting.Daemons;

/// <summary>
/// A daemon with a guest for each tenant: started with the tenant's first request, ended when it has had none for a while, or when another needs its place.
/// </summary>
internal sealed class TenantDaemons : GuestDaemon
{
    private readonly InvocationServices _services;
    private readonly GuestDaemonOptions _options;
    private readonly Func<string, GuestDaemon> _start;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Instance> _instances = new(StringComparer.Ordinal);
    private readonly HashSet<Task> _ending = [];
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _started;

    // Also while no tenant has a guest.
    private readonly ModuleUse _use;
    private readonly CancellationTokenRegistration _shutdown;
    private readonly ITimer _sweep;
    private readonly ITimer? _lifetime;
    private int _pastRestarts;
    private Exception? _lastFailure;
    private bool _isStopped;

    private TenantDaemons(InvocationServices services, CompiledModule module, string name, GuestDaemonOptions options, Func<string, GuestDaemon> start)
        : base(name, module)
    {
        (_services, _options, _start, _started) = (services, options, start, services.TimeProvider.GetTimestamp());
        _use = ModuleUse.Begin(module);
        var (time, interval) = (services.TimeProvider, options.TenantIdleTimeout);
        _sweep = time.CreateTimer(static self => ((TenantDaemons)self!).EndIdle(), this, interval, interval);
        if (options.Lifetime is { } lifetime)
            _lifetime = time.CreateTimer(static self => _ = ((TenantDaemons)self!).StopAsync(), this, lifetime, Timeout.InfiniteTimeSpan);
        _shutdown = services.ShutdownToken.UnsafeRegister(static self => _ = ((TenantDaemons)self!).StopAsync(), this);
    }

    public override bool IsPerTenant => true;

    public override GuestDaemonState State
    {
        get
        {
            lock (_lock) return !_isStopped ? GuestDaemonState.Running : _completion.Task.IsCompleted ? GuestDaemonState.Stopped : GuestDaemonState.Stopping;
        }
    }

    public override int Restarts => (int)Sum(static daemon => daemon.Restarts) + Volatile.Read(ref _pastRestarts);

    public override TimeSpan Uptime => State == GuestDaemonState.Running ? _services.TimeProvider.GetElapsedTime(_started) : TimeSpan.Zero;

    public override long MemoryBytes => Sum(static daemon => daemon.MemoryBytes);

    public override int OpenDescriptors => (int)Sum(static daemon => daemon.OpenDescriptors);

    public override int ActiveRequests => (int)Sum(static daemon => daemon.ActiveRequests);

    public override Exception? LastFailure
    {
        get
        {
            lock (_lock)
            {
                var failures = _instances.Values.Select(static instance => instance.Daemon.LastFailure);
                return failures.FirstOrDefault(static failure => failure is not null) ?? _lastFailure;
            }
        }
    }

    public override Task Completion => _completion.Task;

    /// <summary>Begins, without a guest.</summary>
    public static TenantDaemons Start(
        InvocationServices services, InvocationSlots slots, CompiledModule module, string name, GuestDaemonOptions options, InvocationRequest request) =>
        new(services, module, name, options, tenant => Daemon.Start(services, slots, module, name, options, request with { Tenant = tenant }));

    public override async Task<InvocationResponse> InvokeAsync(InvocationRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Tenant is not { } tenant)
        {
            throw new ArgumentException(
                $"The request has no tenant, and the daemon '{Name}' has a guest for each: set its {nameof(request.Tenant)}.", nameof(request));
        }

        var instance = Take(tenant);
        Task<InvocationResponse> response;
        try
        {
            // From then on it is one of the active requests.
            response = instance.Daemon.InvokeAsync(request, cancellationToken);
        }
        finally
        {
            lock (_lock) instance.Entering--;
        }

        return await response.ConfigureAwait(false);
    }

    public override async Task StopAsync(CancellationToken cancellationToken = default)
    {
        foreach (var instance in CloseAll()) Track(instance.StopAsync(cancellationToken));
        await EndAsync().ConfigureAwait(false);
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var instance in CloseAll()) Track(instance.DisposeAsync().AsTask());
        await EndAsync().ConfigureAwait(false);
    }

    private Instance Take(string tenant)
    {
        lock (_lock)
        {
            if (_isStopped) throw new GuestUnavailableException(Name, State, _lastFailure);
            if (!_instances.TryGetValue(tenant, out var instance))
            {
                if (_options.MaxTenants is { } most && _instances.Count >= most && !TryMakeRoom())
                    throw new GuestLimitException(GuestLimit.DaemonTenants, most);
                instance = new Instance(_start(tenant));
                _instances.Add(tenant, instance);
            }

            instance.Entering++;
            instance.Used = _services.TimeProvider.GetTimestamp();
            return instance;
        }
    }

    // The one that has had no request for longest.
    private bool TryMakeRoom()
    {
        var idle = _instances.Where(static instance => instance.Value.IsIdle).OrderBy(static instance => instance.Value.Used).Take(1).ToArray();
        foreach (var (tenant, instance) in idle) End(tenant, instance);
        return idle.Length > 0;
    }

    private void EndIdle()
    {
        lock (_lock)
        {
            var now = _services.TimeProvider.GetTimestamp();
            foreach (var (tenant, instance) in _instances)
            {
                if (!instance.IsIdle) instance.Used = now;
                else if (_services.TimeProvider.GetElapsedTime(instance.Used, now) >= _options.TenantIdleTimeout) End(tenant, instance);
            }
        }
    }

    // In the lock. What its guest does when it is asked to end goes on elsewhere.
    private void End(string tenant, Instance instance)
    {
        _instances.Remove(tenant);
        _lastFailure = instance.Daemon.LastFailure ?? _lastFailure;
        _pastRestarts += instance.Daemon.Restarts;
        Track(Task.Run(() => instance.Daemon.StopAsync()));
    }

    private List<GuestDaemon> CloseAll()
    {
        _sweep.Dispose();
        _lifetime?.Dispose();
        lock (_lock)
        {
            _isStopped = true;
            var instances = _instances.Values.Select(static instance => instance.Daemon).ToList();
            _instances.Clear();
            return instances;
        }
    }

    private void Track(Task ending)
    {
        lock (_lock) _ending.Add(ending);
        _ = ending.ContinueWith(
            ended =>
            {
                lock (_lock) _ending.Remove(ended);
            },
            TaskScheduler.Default);
    }

    private async Task EndAsync()
    {
        Task[] ending;
        lock (_lock) ending = [.. _ending];
        await Task.WhenAll(ending).ConfigureAwait(false);
        if (!_completion.TrySetResult()) return;
        _use.Dispose();
        await _shutdown.DisposeAsync().ConfigureAwait(false);
    }

    private long Sum(Func<GuestDaemon, long> value)
    {
        lock (_lock) return _instances.Values.Sum(instance => value(instance.Daemon));
    }

    private sealed class Instance(GuestDaemon daemon)
    {
        public GuestDaemon Daemon => daemon;

        /// <summary>Requests that are not counted by the daemon yet.</summary>
        public int Entering { get; set; }

        /// <summary>When it last had a request, by the host's clock.</summary>
        public long Used { get; set; }

        public bool IsIdle => Entering == 0 && Daemon.ActiveRequests == 0;
    }
}
