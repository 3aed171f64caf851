using System.IO.Pipelines;

namespace WasiCloud.Embedding;

/// <summary>
/// Holds what one guest writes to one stream. Never makes it wait, and never grows beyond its limit. One guest writes; read it when that has ended.
/// </summary>
internal abstract class OutputCapture : PipeWriter
{
    private const int SmallestBuffer = 256;

    private byte[] _held = [];
    private byte[] _write = [];

    /// <summary>What was held.</summary>
    public abstract GuestOutput Output { get; }

    /// <summary>Bytes that were written, held or not.</summary>
    protected long TotalBytes { get; private set; }

    /// <summary>How many of <see cref="Held"/> count.</summary>
    protected int HeldCount { get; set; }

    /// <summary>The bytes that are held.</summary>
    protected ReadOnlyMemory<byte> Held => _held.AsMemory(0, HeldCount);

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_write.Length < Math.Max(sizeHint, 1)) _write = new byte[Math.Max(sizeHint, SmallestBuffer)];
        return _write;
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        TotalBytes += bytes;
        Keep(_write.AsSpan(0, bytes));
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => default;

    // Nothing waits, and the end is the guest's.
    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
    {
    }

    /// <summary>Takes what was written, as far as it is to be held.</summary>
    protected abstract void Keep(ReadOnlySpan<byte> bytes);

    /// <summary>Holds bytes behind those that are held.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="limit">How many may be held; there is room for these.</param>
    protected void Append(ReadOnlySpan<byte> bytes, int limit)
    {
        var needed = HeldCount + bytes.Length;
        if (needed > _held.Length) Array.Resize(ref _held, (int)Math.Min(limit, Math.Max(Math.Max(SmallestBuffer, needed), 2L * _held.Length)));
        bytes.CopyTo(_held.AsSpan(HeldCount));
        HeldCount = needed;
    }

    /// <summary>Forgets all that is held but the last bytes.</summary>
    protected void KeepLast(int count)
    {
        _held.AsSpan(HeldCount - count, count).CopyTo(_held);
        HeldCount = count;
    }
}

/// <summary>Holds all, and tells when it is more than the limit.</summary>
/// <param name="limit">The most bytes that are held.</param>
/// <param name="exceed">Called once, by the guest's write that is too much.</param>
internal sealed class WholeOutput(int limit, Action exceed) : OutputCapture
{
    /// <summary>Whether there was more than is held.</summary>
    public bool IsExceeded { get; private set; }

    public override GuestOutput Output => new(Held, TotalBytes);

    protected override void Keep(ReadOnlySpan<byte> bytes)
    {
        if (IsExceeded) return;
        if (bytes.Length <= limit - HeldCount)
        {
            Append(bytes, limit);
            return;
        }

        IsExceeded = true;
        exceed();
    }
}

/// <summary>Holds the last bytes.</summary>
/// <param name="limit">How many of them.</param>
internal sealed class LastOutput(int limit) : OutputCapture
{
    public override GuestOutput Output => new(Held[Math.Max(0, HeldCount - limit)..], TotalBytes);

    /// <summary>The end of it as an exception may show it, of a guest that has read secrets; <see langword="null"/> of others.</summary>
    public string? ShownText { get; set; }

    protected override void Keep(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > limit) bytes = bytes[^limit..];

        // Moved once for as many bytes as are kept, and not for each write.
        if (HeldCount + bytes.Length > 2 * limit) KeepLast(limit - bytes.Length);
        Append(bytes, 2 * limit);
    }
}
