namespace WasiCloud.Embedding.Fuzz.Imports;

/// <summary>
/// A clock on which waiting takes no time: a timer moves it to when the timer is due. What would wait for more than a year is cancelled, as a guest's time
/// limit would.
/// </summary>
/// <param name="starved">Called when a guest waits for what never comes.</param>
internal sealed class JumpingTime(Action starved) : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Volatile.Read(ref _ticks);

    public override DateTimeOffset GetUtcNow() => Start.AddTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime < TimeSpan.Zero) return new Expired();
        if (Volatile.Read(ref _ticks) + dueTime.Ticks > TimeSpan.TicksPerDay * 366)
        {
            starved();
            return new Expired();
        }

        Interlocked.Add(ref _ticks, dueTime.Ticks);
        ThreadPool.UnsafeQueueUserWorkItem(_ => callback(state), null);
        return new Expired();
    }

    private sealed class Expired : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
