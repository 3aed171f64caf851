namespace WasiCloud.Embedding.Tests.KeyValue.Files;

/// <summary>
/// A clock whose time of day is set forth and back, as an administrator or a time server does, while what measures time goes on as before. Thread-safe if it is
/// not set.
/// </summary>
/// <param name="inner">What measures time.</param>
internal sealed class JumpingClock(TimeProvider inner) : TimeProvider
{
    private long _offset;

    public override long TimestampFrequency => inner.TimestampFrequency;

    public void Jump(TimeSpan time) => Interlocked.Add(ref _offset, time.Ticks);

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _offset));

    public override long GetTimestamp() => inner.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        inner.CreateTimer(callback, state, dueTime, period);
}
