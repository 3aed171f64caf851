namespace WasiCloud.Embedding.KeyValue.Locks;

/// <summary>Locks made of a backend's entries: who puts the entry holds the lock, and renews it before it expires.</summary>
/// <remarks>
/// Thread-safe. An entry <c>.lock/&lt;name&gt;</c> names its owner and expires after the lease. A third of the lease after the last renewal it is put again; if
/// that was not possible for five sixths of the lease, by this process's monotonic clock, the lock is lost. The last sixth is for clocks that differ: two
/// holders at one time take two machines (or a machine and its store) whose clocks come apart by more than that within a lease, or a holder that is stopped
/// between looking at <see cref="IKeyValueLock.Lost"/> and acting, against which only <see cref="IKeyValueLock.FencingToken"/> helps. Within a process, those
/// who use one object wait in the order in which they came, and the lock goes from one to the next without a call to the backend, for one lease at most: then
/// it is given back and left alone for a moment, so that other processes get it too. Those learn of its end from <see cref="IKeyValueBackend.WatchAsync"/>. The
/// entry of a process of this very machine that is no more is taken over at once (on Linux), so that a restart does not wait for the lease.
/// </remarks>
public sealed class LeaseLocks : IKeyValueLocks
{
    /// <summary>What is before a lock's name in its key.</summary>
    public const string Prefix = ".lock/";

    private const int MinLeaseSeconds = 1;
    private const int MaxLeaseSeconds = 3600;

    // Longer than a waiting process needs to hear of the deletion and to put its own entry, and nothing compared with the lease that passed before.
    private static readonly TimeSpan YieldTime = TimeSpan.FromMilliseconds(50);

    private readonly LockTurns _turns = new();
    private readonly LeaseEntry _entries;
    private readonly TimeProvider _timeProvider;

    /// <summary>Makes locks of a backend. Two objects for one backend exclude each other, as two processes do.</summary>
    /// <param name="backend">Where the entries are; stays the caller's to dispose.</param>
    /// <param name="lease">For how long an entry holds without renewal: 1 second to 1 hour; 15 seconds by default. As long may a lock stay taken whose holder
    /// vanished.</param>
    /// <param name="timeProvider">The clock for leases; by default the system's. Expiry is by the backend's clock.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="lease"/> is out of its range.</exception>
    public LeaseLocks(IKeyValueBackend backend, TimeSpan? lease = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(backend);
        var duration = lease ?? DefaultLease;
        if (!IsLease(duration))
            throw new ArgumentOutOfRangeException(nameof(lease), duration, $"A lease takes {MinLeaseSeconds} to {MaxLeaseSeconds} seconds.");
        _timeProvider = timeProvider ?? TimeProvider.System;
        _entries = new LeaseEntry(backend, duration, _timeProvider);
    }

    /// <summary>The lease that is used if none is given: 15 seconds.</summary>
    public static TimeSpan DefaultLease { get; } = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public async ValueTask<IKeyValueLock> AcquireAsync(string name, CancellationToken cancellationToken)
    {
        var key = KeyOf(name);
        cancellationToken.ThrowIfCancellationRequested();
        var turn = await _turns.TakeAsync(key, cancellationToken).ConfigureAwait(false);
        try
        {
            if (turn.Lease is { IsLost: false } lease) return new LeaseLock(_turns, lease);
            if (turn.Yields) await Task.Delay(YieldTime, _timeProvider, cancellationToken).ConfigureAwait(false);
            return new LeaseLock(_turns, await _entries.PutAsync(key, cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            _turns.Pass(key, default);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IKeyValueLock?> TryAcquireAsync(string name, CancellationToken cancellationToken)
    {
        var key = KeyOf(name);
        cancellationToken.ThrowIfCancellationRequested();
        if (!_turns.TryTake(key)) return null;
        Lease? lease = null;
        try
        {
            lease = (await _entries.TryPutAsync(key, cancellationToken).ConfigureAwait(false)).Lease;
        }
        finally
        {
            if (lease is null) _turns.Pass(key, default);
        }

        return lease is null ? null : new LeaseLock(_turns, lease);
    }

    /// <summary>Whether a lease may last so long.</summary>
    internal static bool IsLease(TimeSpan value) => value >= TimeSpan.FromSeconds(MinLeaseSeconds) && value <= TimeSpan.FromSeconds(MaxLeaseSeconds);

    private static string KeyOf(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var key = Prefix + name;
        KeyValueKey.ThrowIfInvalid(key);
        return key;
    }
}
