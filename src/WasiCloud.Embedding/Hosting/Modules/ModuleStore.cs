using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Hosting.Modules;

/// <summary>A store of a host's. One lock, held for as long as it takes to look at a table; loading and freeing are outside.</summary>
internal sealed class ModuleStore : GuestModuleStore
{
    // From look to look at what is idle, or could not go before because it was used.
    private static readonly TimeSpan s_sweepInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Tenant, string Name), StoredModule> _modules = [];
    private readonly GuestModuleStoreOptions _options;
    private readonly StoreContents _contents;
    private readonly StoreLoading _loading;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _sweep;
    private readonly CancellationTokenSource _stopping = new();
    private long _retiredBytes;
    private long _loads;
    private long _unloads;
    private bool _isDisposed;

    public ModuleStore(IGuestModuleRepository repository, IInvocationHost host, GuestModuleStoreOptions options, TimeProvider time, ILogger logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _contents = new StoreContents(options);
        _loading = new StoreLoading(repository, host, options, time);
        _sweep = time.CreateTimer(static self => ((ModuleStore)self!).Sweep(), this, s_sweepInterval, s_sweepInterval);
    }

    public override int Count
    {
        get { lock (_lock) return _contents.Count; }
    }

    public override long CodeBytes
    {
        get { lock (_lock) return _contents.CodeBytes + Interlocked.Read(ref _retiredBytes); }
    }

    public override long Loads => Interlocked.Read(ref _loads);

    public override long Unloads => Interlocked.Read(ref _unloads);

    public override ValueTask<GuestModuleLease?> TryAcquireAsync(string tenant, string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        ArgumentNullException.ThrowIfNull(name);
        StoredModule? module;
        int generation;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(GuestModuleStore));
            if (!_modules.TryGetValue((tenant, name), out module))
            {
                if (!StoredName.IsPossible(tenant, name)) return new ValueTask<GuestModuleLease?>(result: null);
                _modules.Add((tenant, name), module = new StoredModule(tenant, name));
            }

            if (TryServe(module, module.Generation) is { } lease) return new ValueTask<GuestModuleLease?>(lease);
            module.Waiting++;
            generation = module.Generation;
        }

        return new ValueTask<GuestModuleLease?>(AcquireLaterAsync(module, generation, cancellationToken));
    }

    public override void Invalidate(string tenant, string name)
    {
        lock (_lock)
        {
            if (!_modules.TryGetValue((tenant, name), out var module)) return;
            module.Generation++;
            Forget(module);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        StoredModule[] modules;
        lock (_lock)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            modules = [.. _modules.Values];
        }

        await _sweep.DisposeAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (var module in modules)
        {
            if (module.Loading is { } loading) await loading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ModuleVersion? current;
            lock (_lock) current = Detach(module);
            current?.Close();
        }

        _stopping.Dispose();
    }

    private async Task<GuestModuleLease?> AcquireLaterAsync(StoredModule module, int generation, CancellationToken cancellationToken)
    {
        try
        {
            for (var hasWaited = false; ; hasWaited = true)
            {
                Task loading;
                lock (_lock)
                {
                    ObjectDisposedException.ThrowIf(_isDisposed, typeof(GuestModuleStore));
                    if (module.CheckedGeneration >= generation)
                    {
                        if (TryServe(module, generation) is { } lease) return lease;
                        if (module.Failure is { } failure && (hasWaited || IsWithin(module.CheckedAt, _options.FailureRetention))) Throw(failure);
                        if (module.Failure is null && hasWaited) return null;
                    }

                    loading = Load(module);
                }

                await loading.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            lock (_lock)
            {
                module.Waiting--;
                Forget(module);
            }
        }
    }

    // A new one for each who is told: what is thrown gathers whoever it passes.
    private static void Throw(Exception failure)
    {
        if (failure is InvalidGuestModuleException invalid) throw new InvalidGuestModuleException(invalid.Message, invalid.Offset, invalid);
        if (failure is IOException) throw new IOException(failure.Message, failure);
        ExceptionDispatchInfo.Throw(failure);
    }

    // Within the lock.
    private GuestModuleLease? TryServe(StoredModule module, int generation)
    {
        if (module.Current is not { } current || module.CheckedGeneration < generation) return null;
        if (!IsWithin(module.CheckedAt, _options.CheckInterval)) _ = Load(module);
        module.UsedAt = _time.GetTimestamp();
        _contents.Touch(module);
        return current.TryAcquire();
    }

    private bool IsWithin(long timestamp, TimeSpan span) => span == Timeout.InfiniteTimeSpan || _time.GetElapsedTime(timestamp) < span;

    // Within the lock. One at a time for each module.
    private Task Load(StoredModule module) => module.Loading ??= Task.Run(() => LoadAsync(module));

    private async Task LoadAsync(StoredModule module)
    {
        int generation;
        StoreLoading.Outcome known;
        lock (_lock) (generation, known) = (module.Generation, new StoreLoading.Outcome(module.Version, module.Checksum, Module: null));
        StoreLoading.Outcome outcome = default;
        Exception? failure = null;
        try
        {
            outcome = await _loading.LoadAsync(module.Tenant, module.Name, known, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is InvalidGuestModuleException or IOException or ObjectDisposedException)
        {
            failure = exception;
        }

        var freed = new List<ModuleVersion?>();
        lock (_lock)
        {
            (module.Loading, module.CheckedGeneration, module.CheckedAt) = (null, generation, _time.GetTimestamp());
            if (failure is not null) Fail(module, failure);
            else freed.Add(Take(module, outcome));
            Trim(freed);
            Forget(module);
        }

        foreach (var version in freed) version?.Close();
    }

    // Within the lock. What serves goes on.
    private void Fail(StoredModule module, Exception failure)
    {
        var isNews = module.Failure?.Message != failure.Message;
        module.Failure = failure;
        if (!isNews || _isDisposed) return;
        var problem = SafeText.OfMessage(failure.Message.ReplaceLineEndings(" "));
        if (module.Current is null) Log.StoredModuleNotLoaded(_logger, SafeText.Of(module.Name), SafeText.Of(module.Tenant), problem);
        else Log.StoredModuleNotReplaced(_logger, SafeText.Of(module.Name), SafeText.Of(module.Tenant), problem);
    }

    // Within the lock. Returns what serves no more.
    private ModuleVersion? Take(StoredModule module, StoreLoading.Outcome outcome)
    {
        module.Failure = null;
        if (outcome.IsMissing) return Detach(module);
        (module.Version, module.Checksum) = (outcome.Version, outcome.Checksum);
        if (outcome.Module is not { } loaded) return null;
        Interlocked.Increment(ref _loads);
        var old = Detach(module);
        var bytes = loaded.CodeBytes;
        loaded.Freed = () => Interlocked.Add(ref _retiredBytes, -bytes);
        (module.Version, module.Checksum, module.Current) = (outcome.Version, outcome.Checksum, new ModuleVersion(loaded, isOwned: true));
        module.UsedAt = _time.GetTimestamp();
        _contents.Add(module);
        if (old is not null) Log.StoredModuleReplaced(_logger, SafeText.Of(module.Name), SafeText.Of(module.Tenant));
        return old;
    }

    // Within the lock. It is given to nobody any more; its code is counted until it is freed.
    private ModuleVersion? Detach(StoredModule module)
    {
        var current = module.Current;
        if (current is not null)
        {
            Interlocked.Add(ref _retiredBytes, module.CodeBytes);
            _contents.Remove(module);
        }

        (module.Current, module.Version, module.Checksum) = (null, null, null);
        return current;
    }

    // Within the lock.
    private void Trim(List<ModuleVersion?> freed)
    {
        while (_contents.FindSurplus() is { } surplus) Unload(surplus, freed);
    }

    private void Unload(StoredModule module, List<ModuleVersion?> freed)
    {
        freed.Add(Detach(module));
        Interlocked.Increment(ref _unloads);
        Forget(module);
    }

    // Within the lock. What is neither there nor waited for is not kept: names are whatever clients ask for.
    private void Forget(StoredModule module)
    {
        if (module.Current is not null || module.Waiting > 0 || module.Loading is not null) return;
        var isRemembered = module.Failure is not null && module.CheckedGeneration == module.Generation &&
            IsWithin(module.CheckedAt, _options.FailureRetention);
        if (!isRemembered) _modules.Remove((module.Tenant, module.Name));
    }

    private void Sweep()
    {
        var freed = new List<ModuleVersion?>();
        lock (_lock)
        {
            if (_isDisposed) return;
            Trim(freed);
            while (_contents.FindIdle(module => !IsWithin(module.UsedAt, _options.IdleTimeout)) is { } idle) Unload(idle, freed);
            foreach (var failed in _modules.Values.Where(static module => module is { Current: null, Failure: not null }).ToArray()) Forget(failed);
        }

        foreach (var version in freed) version?.Close();
    }
}
