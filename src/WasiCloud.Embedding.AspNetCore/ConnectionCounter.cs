namespace WasiCloud.Embedding.AspNetCore;

/// <summary>Counts the connections of one endpoint. Thread-safe.</summary>
internal sealed class ConnectionCounter(int most)
{
    private int _count;

    /// <returns>Whether there is room for one more, which <see cref="Leave"/> ends.</returns>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _count) <= most) return true;
        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _count);
}
