namespace WasiCloud.Embedding.Authority;

/// <summary>Adds up what happens within a second, and then begins anew. Thread-safe.</summary>
/// <param name="timeProvider">The clock.</param>
internal sealed class SecondWindow(TimeProvider timeProvider)
{
    private static readonly TimeSpan s_length = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long _start = timeProvider.GetTimestamp();
    private long _sum;

    /// <summary>The sum of this second.</summary>
    public long Sum
    {
        get
        {
            lock (_lock)
            {
                Turn();
                return _sum;
            }
        }
    }

    /// <summary>Adds something.</summary>
    public void Add(long amount)
    {
        lock (_lock)
        {
            Turn();
            _sum += amount;
        }
    }

    private void Turn()
    {
        if (timeProvider.GetElapsedTime(_start) < s_length) return;
        (_start, _sum) = (timeProvider.GetTimestamp(), 0);
    }
}
