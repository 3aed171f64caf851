namespace WasiCloud.Embedding.Authority;

/// <summary>What the guests of one tenant have used lately, and hold now, together. Thread-safe.</summary>
/// <param name="timeProvider">The clock.</param>
internal sealed class TenantUse(TimeProvider timeProvider)
{
    private long _openBytes;

    /// <summary>What they have computed within a second, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    public SecondWindow Computed { get; } = new(timeProvider);

    /// <summary>What they have written to the log within a second, in characters.</summary>
    public SecondWindow Logged { get; } = new(timeProvider);

    /// <summary>What they hold of values in the host's memory, in bytes.</summary>
    public long OpenBytes => Volatile.Read(ref _openBytes);

    /// <summary>Whether forgetting it changes nothing.</summary>
    public bool IsNothing => OpenBytes == 0 && Computed.Sum == 0 && Logged.Sum == 0;

    /// <summary>Holds more.</summary>
    /// <param name="bytes">How much more.</param>
    /// <param name="limit">How much there may be.</param>
    /// <returns>Whether there may be so much.</returns>
    public bool TryOpen(long bytes, long limit)
    {
        var held = OpenBytes;
        while (true)
        {
            if (bytes > limit - held) return false;
            var seen = Interlocked.CompareExchange(ref _openBytes, held + bytes, held);
            if (seen == held) return true;
            held = seen;
        }
    }

    /// <summary>Holds less.</summary>
    public void Close(long bytes) => Interlocked.Add(ref _openBytes, -bytes);
}
