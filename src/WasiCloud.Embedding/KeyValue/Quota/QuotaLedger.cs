namespace WasiCloud.Embedding.KeyValue.Quota;

/// <summary>What the keys with a prefix take of their quota. Thread-safe.</summary>
/// <remarks>
/// It never knows of less than there is, but for what others than this ledger have put since the last count. While there is room, puts are charged in full,
/// without a look at what they replace. When an eighth of the quota is all that is left, the keys are counted. While they take more than three quarters even
/// so, each commit looks at the sizes of what it replaces, which nobody else may replace meanwhile. So a count follows at least an eighth of the quota being
/// written. Commits go side by side; one that does not fit waits until it is alone, so that what is refused is refused for what there is.
/// </remarks>
#pragma warning disable CA1001 // The gate has nothing to dispose.
internal sealed class QuotaLedger
#pragma warning restore CA1001
{
    // Counting takes one part in so many of the time, at most, unless a commit must not be refused without it.
    private const int CountShare = 20;

    // So much may others commit unnoticed.
    private static readonly TimeSpan CountInterval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly QuotaGate _gate;
    private readonly QuotaMeter _meter;
    private readonly IKeyValueBackend _store;
    private readonly KeyValueQuota _quota;
    private readonly KeyValueQuota _sevenEighths;
    private readonly KeyValueQuota _threeQuarters;
    private readonly TimeProvider _timeProvider;

    // What is written by commits that know what they replace.
    private readonly HashSet<string> _claimed = new(StringComparer.Ordinal);

    private KeyValueUsage _used;

    // Whether no less is there either, as far as this ledger can know.
    private bool _isExact;
    private long? _counted;
    private TimeSpan _countTime;

    public QuotaLedger(IKeyValueBackend store, string prefix, KeyValueQuota quota, TimeProvider timeProvider)
    {
        (_store, _quota, _timeProvider) = (store, quota, timeProvider);
        (_sevenEighths, _threeQuarters) = (quota.Without(part: 8), quota.Without(part: 4));
        (_gate, _meter) = (new QuotaGate(_lock), new QuotaMeter(store, prefix));
    }

    /// <summary>Commits a batch that puts or deletes.</summary>
    /// <returns>What the store says; <see langword="null"/> if it would be too much, and nothing was changed.</returns>
    public async ValueTask<KeyValueCommitResult?> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        var puts = KeyValueUsage.OfPuts(batch);
        if (!TryEnter(puts))
        {
            if (TryClaim(batch, puts) && await CommitClaimedAsync(batch, cancellationToken).ConfigureAwait(false) is { } result) return result;
            await _gate.EnterAloneAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                var isFresh = NeedsCount(puts);
                if (isFresh) await CountAsync(cancellationToken).ConfigureAwait(false);
                if (!CanCharge(puts)) return await CommitExactlyAsync(batch, isFresh, cancellationToken).ConfigureAwait(false);
                lock (_lock) Enter(puts);
            }
            finally
            {
                lock (_lock) _gate.LeaveAlone();
            }
        }

        return await CommitInFullAsync(batch, puts, cancellationToken).ConfigureAwait(false);
    }

    private bool TryEnter(KeyValueUsage puts)
    {
        lock (_lock)
        {
            if (_gate.IsClosed || !CanCharge(puts)) return false;
            Enter(puts);
            return true;
        }
    }

    private void Enter(KeyValueUsage puts)
    {
        _used += puts;
        _isExact = false;
        _gate.Enter();
    }

    /// <summary>Whether a commit need not look at what it replaces.</summary>
    private bool CanCharge(KeyValueUsage puts)
    {
        if (_isExact && _threeQuarters.IsExceededBy(_used)) return false;
        return puts.Keys == 0 || (!IsDue && _sevenEighths.Allows(_used, puts));
    }

    private bool TryClaim(KeyValueBatch batch, KeyValueUsage puts)
    {
        lock (_lock)
        {
            if (_gate.IsClosed || !_isExact || (puts.Keys > 0 && IsDue)
                || batch.Operations.Any(operation => operation.IsWrite && _claimed.Contains(operation.Key))) return false;
            foreach (var operation in batch.Operations.Where(static operation => operation.IsWrite)) _claimed.Add(operation.Key);
            _gate.Enter();
            return true;
        }
    }

    private bool NeedsCount(KeyValueUsage puts) => puts.Keys > 0 && (IsDue || (!_isExact && !_sevenEighths.Allows(_used, puts)));

    private bool IsDue =>
        _counted is not { } counted || _timeProvider.GetElapsedTime(counted) >= (CountInterval > ShortestPause ? CountInterval : ShortestPause);

    private TimeSpan ShortestPause => _countTime * (CountShare - 1);

    private async ValueTask<KeyValueCommitResult?> CommitInFullAsync(KeyValueBatch batch, KeyValueUsage puts, CancellationToken cancellationToken)
    {
        // After a failure it is not known whether the commit happened, so it stays charged.
        var refund = default(KeyValueUsage);
        try
        {
            var result = await _store.CommitAsync(batch, cancellationToken).ConfigureAwait(false);
            if (!result.Succeeded) refund = puts;
            return result;
        }
        finally
        {
            lock (_lock)
            {
                _used -= refund;
                _gate.Leave();
            }
        }
    }

    /// <summary>Commits, beside others, if the change that the batch really makes is within the quota.</summary>
    /// <returns><see langword="null"/> if that is not certain, and nothing was done.</returns>
    private async ValueTask<KeyValueCommitResult?> CommitClaimedAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        // What it frees is free when it has happened, and what it takes is taken before.
        var (taken, refund) = (default(KeyValueUsage), default(KeyValueUsage));
        var isKnown = true;
        try
        {
            var change = await _meter.MeasureAsync(batch, cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                if (!_quota.Allows(_used, change)) return null;
                taken = change.NotNegative();
                _used += taken;
            }

            isKnown = false;
            var result = await _store.CommitAsync(batch, cancellationToken).ConfigureAwait(false);
            refund = result.Succeeded ? taken - change : taken;
            isKnown = true;
            return result;
        }
        finally
        {
            lock (_lock)
            {
                _used = (_used - refund).NotNegative();
                _isExact &= isKnown;
                foreach (var operation in batch.Operations.Where(static operation => operation.IsWrite)) _claimed.Remove(operation.Key);
                _gate.Leave();
            }
        }
    }

    /// <summary>Commits, alone, if the change that the batch really makes is within the quota.</summary>
    private async ValueTask<KeyValueCommitResult?> CommitExactlyAsync(KeyValueBatch batch, bool isFresh, CancellationToken cancellationToken)
    {
        var change = await _meter.MeasureAsync(batch, cancellationToken).ConfigureAwait(false);
        if (!_quota.Allows(_used, change))
        {
            if (await _meter.FindConflictAsync(batch, cancellationToken).ConfigureAwait(false) is { } conflict) return conflict;

            // Others, or expiry, may have made room since.
            var mayCount = !isFresh && (!_isExact || _timeProvider.GetElapsedTime(_counted!.Value) >= ShortestPause);
            if (mayCount) await CountAsync(cancellationToken).ConfigureAwait(false);
            if (!mayCount || !_quota.Allows(_used, change))
            {
                _quota.CountRefusal(_used, change);
                return null;
            }
        }

        try
        {
            var result = await _store.CommitAsync(batch, cancellationToken).ConfigureAwait(false);
            if (result.Succeeded) _used = (_used + change).NotNegative();
            return result;
        }
        catch
        {
            // It is not known whether it happened.
            (_used, _isExact) = (_used + change.NotNegative(), false);
            throw;
        }
    }

    /// <summary>
    /// Counts, alone. Who no longer wants to wait leaves it behind, so that a guest with little time does not begin again what no guest has the time for.
    /// </summary>
    private async ValueTask CountAsync(CancellationToken cancellationToken)
    {
        lock (_lock) _gate.StayAlone();
        var count = CountToTheEndAsync();
        try
        {
            await count.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Whoever counts next sees a failure that nobody waited for.
            if (!count.IsCompleted)
                _ = count.ContinueWith(
                    static abandoned => abandoned.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
    }

    private async Task CountToTheEndAsync()
    {
        try
        {
            var started = _timeProvider.GetTimestamp();
            var used = await _meter.CountAsync().ConfigureAwait(false);
            lock (_lock)
            {
                (_used, _isExact, _counted) = (used, true, _timeProvider.GetTimestamp());
                _countTime = _timeProvider.GetElapsedTime(started, _counted.Value);
            }
        }
        finally
        {
            lock (_lock) _gate.LeaveAlone();
        }
    }
}
