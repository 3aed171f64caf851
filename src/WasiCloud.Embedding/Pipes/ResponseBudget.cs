namespace WasiCloud.Embedding.Pipes;

/// <summary>What the responses of a host may hold together. Thread-safe.</summary>
/// <param name="maxBytes">The most, in bytes; <see cref="WasiCloudOptions.MaxResponseBufferBytes"/>.</param>
internal sealed class ResponseBudget(long maxBytes)
{
    // A part of what is left, as switches share their memory (Choudhury and Hahne, "Dynamic queue length thresholds", 1998): n responses that are written at
    // one time settle at budget / (8 + n) each, and nobody has to know how many there are. One alone has at most a ninth, 28 MiB of 256 MiB.
    private const int Parts = 8;

    private long _heldBytes;

    /// <summary>Bytes of memory that responses hold, as they were allocated.</summary>
    public long HeldBytes => Volatile.Read(ref _heldBytes);

    /// <summary>What one response may hold at this moment, in bytes: it gets less the more the others hold.</summary>
    public long Share => Math.Max(0, maxBytes - HeldBytes) / Parts;

    /// <summary>A response holds so many bytes more, or less.</summary>
    public void Add(long bytes) => Interlocked.Add(ref _heldBytes, bytes);
}
