namespace WasiCloud.Embedding;

/// <summary>What a store's clock shows, as its replies told: the moment after which it is to refuse a commit is one of its own clock. Thread-safe.</summary>
/// <remarks>
/// It is never behind the store's clock, and before it by no more than the round trip of the reply that told, as long as both go at the same rate. So a commit
/// is not refused early, and a store whose clock was set, or that was replaced by another, is found out by the refusal of what is not late.
/// </remarks>
internal sealed class StoreClock(TimeProvider timeProvider)
{
    // Clocks that go apart by a thousandth are never off by more than this makes of it.
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private long _asked;
    private DateTimeOffset? _told;

    /// <summary>Whether a reply told in the latest past, and it was not forgotten.</summary>
    public bool IsKnown
    {
        get
        {
            lock (_lock) return _told is not null && timeProvider.GetElapsedTime(_asked) <= Life;
        }
    }

    /// <summary>Takes note of a reply.</summary>
    /// <param name="asked">This host's time stamp before the store was asked.</param>
    /// <param name="told">What the store's clock showed when it answered.</param>
    public void Observe(long asked, DateTimeOffset told)
    {
        lock (_lock) (_asked, _told) = (asked, told);
    }

    /// <summary>Has it asked anew: the store refuses what this host takes for in time.</summary>
    public void Forget()
    {
        lock (_lock) _told = null;
    }

    /// <summary>What the store's clock shows at a moment of this host's, as the last reply told.</summary>
    /// <param name="timestamp">The moment, as a time stamp, in the past or to come.</param>
    /// <param name="after">How much later.</param>
    /// <exception cref="InvalidOperationException">Nothing is known.</exception>
    public DateTimeOffset At(long timestamp, TimeSpan after)
    {
        lock (_lock)
        {
            if (_told is not { } told) throw new InvalidOperationException("The store's clock is not known.");
            return told + timeProvider.GetElapsedTime(_asked, timestamp) + after;
        }
    }
}
