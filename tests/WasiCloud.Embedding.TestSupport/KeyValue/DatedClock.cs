namespace WasiCloud.Embedding.Tests.KeyValue;

/// <summary>
/// A clock that shows another one's date, and waits as the system does: what a store's client tries again after a pause would otherwise wait for a test that
/// does not know of it.
/// </summary>
/// <param name="date">Shows the date.</param>
internal sealed class DatedClock(TimeProvider date) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => date.GetUtcNow();
}
