namespace WasiCloud.Embedding.KeyValue.Locks;

/// <summary>An entry that this process has put, and puts again before it expires, until it gives it back or loses it. Thread-safe.</summary>
#pragma warning disable CA1001 // The source is never disposed: it has neither a timer nor links, and a holder may look at its token at any time.
internal sealed class Lease
#pragma warning restore CA1001
{
    // A renewal has a new revision, so the tokens that come of one revision are counted; a million of them take longer than a third of a lease.
    private const int CountBits = 20;
    private const int MaxCount = (1 << CountBits) - 1;

    // The timer ticks in sixths of the lease: from the second on it is renewed, at the fifth it is lost. A timer may be a little early.
    private const int Ticks = 6;
    private const int RenewalTick = 2;
    private const int LastTick = 5;
    private const double Early = 0.5;

    private readonly Lock _lock = new();
    private readonly LeaseEntry _entries;
    private readonly ReadOnlyMemory<byte> _owner;
    private readonly long _started;
    private readonly ITimer _timer;

    private readonly CancellationTokenSource _lost = new();
    private volatile Task _renewal = Task.CompletedTask;
    private bool _isRenewing;
    private long _renewed;
    private long _revision;
    private int _count;

    public Lease(LeaseEntry entries, string key, ReadOnlyMemory<byte> owner, long revision, long started)
    {
        (_entries, Key, _owner, _revision, _started, _renewed) = (entries, key, owner, revision, started, started);
        var tick = entries.Duration / Ticks;
        _timer = entries.TimeProvider.CreateTimer(static self => ((Lease)self!).Tick(), this, tick, tick);
    }

    public string Key { get; }

    /// <summary>Cancelled when it is lost. Whoever looks after the process stood still looks before the timer does.</summary>
    public CancellationToken Lost
    {
        get
        {
            if (HasPassed(Renewed, LastTick)) Lose();
            return _lost.Token;
        }
    }

    public bool IsLost => Lost.IsCancellationRequested;

    /// <summary>Whether the next in this process may have it. Not for ever, so that other processes get it too.</summary>
    public bool CanBeHandedOver
    {
        get
        {
            lock (_lock) return _count < MaxCount && !HasPassed(_started, Ticks);
        }
    }

    /// <summary>What holds as long as the entry is the one of the latest renewal.</summary>
    public KeyValueOperation Guard
    {
        get
        {
            lock (_lock) return KeyValueOperation.Check(Key, KeyValueCondition.AtRevision(_revision));
        }
    }

    private long Renewed
    {
        get
        {
            lock (_lock) return _renewed;
        }
    }

    /// <summary>Makes the fencing token of the next holder.</summary>
    public long NextToken()
    {
        lock (_lock) return (_revision << CountBits) | (uint)_count++;
    }

    /// <summary>Looks whether the entry is still this one, and which of its renewals.</summary>
    public async ValueTask<bool> VerifyAsync(CancellationToken cancellationToken)
    {
        var revision = await _entries.FindAsync(Key, _owner, cancellationToken).ConfigureAwait(false);
        if (revision == 0) Lose();
        else Become(revision);
        return revision != 0;
    }

    /// <summary>Gives the entry back, unless it is lost already.</summary>
    public async ValueTask EndAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _renewal.ConfigureAwait(false);
        if (!IsLost) await _entries.DeleteAsync(Key, _revision).ConfigureAwait(false);
    }

    private bool HasPassed(long since, double ticks) => _entries.TimeProvider.GetElapsedTime(since) >= _entries.Duration / Ticks * ticks;

    private void Tick()
    {
        bool isOver;
        lock (_lock)
        {
            isOver = HasPassed(_renewed, LastTick - Early);
            if (!isOver && (_isRenewing || !HasPassed(_renewed, RenewalTick - Early))) return;
            _isRenewing = true;
        }

        if (isOver) Lose();
        else _renewal = RenewAsync();
    }

    private void Become(long revision)
    {
        lock (_lock)
        {
            if (revision > _revision) (_revision, _count) = (revision, 0);
        }
    }

    private void Lose()
    {
        _timer.Dispose();
        _lost.Cancel();
    }

    private async Task RenewAsync()
    {
        var started = _entries.TimeProvider.GetTimestamp();
        try
        {
            var renewal = await _entries.RenewAsync(Key, _owner, _revision).ConfigureAwait(false);
            if (renewal.Revision == 0) Lose();
            else Become(renewal.Revision);
            if (!renewal.IsRenewed) return;
            lock (_lock) _renewed = started;
        }
        catch (Exception)
        {
            // An outage: it is tried again at the next tick, and lost at the last one.
        }
        finally
        {
            lock (_lock) _isRenewing = false;
        }
    }
}
