namespace WasiCloud.Embedding.Programs.Tests;

/// <summary>The system's clock, set forth by a test. Thread-safe.</summary>
public sealed class ShiftedClock : TimeProvider
{
    private long _shift;

    public void SetForth(TimeSpan time) => Interlocked.Add(ref _shift, time.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _shift));
}
