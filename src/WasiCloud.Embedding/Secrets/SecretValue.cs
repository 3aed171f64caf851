using System.Buffers;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Secrets;

/// <summary>One value of a secret, held by those who need it and zeroed when none does. Written by one source, and then only read.</summary>
/// <param name="buffers">Where its memory comes from.</param>
/// <param name="maxBytes">How long it may be.</param>
internal sealed class SecretValue(SecretBuffers buffers, int maxBytes) : IBufferWriter<byte>
{
    private byte[]? _buffer = buffers.Rent(SecretBuffers.PooledBytes);
    private int _holders = 1;

    /// <summary>Its length in bytes.</summary>
    public int Length { get; private set; }

    /// <summary>When it was set, as WASI tells times.</summary>
    public ulong Modified { get; set; }

    /// <summary>The value. Of use only to who holds it.</summary>
    public ReadOnlySpan<byte> Span => Buffer.AsSpan(0, Length);

    private byte[] Buffer => _buffer ?? throw new ObjectDisposedException(nameof(SecretValue));

    /// <summary>Forgets what was written.</summary>
    public void Clear()
    {
        Buffer.AsSpan(0, Length).Clear();
        Length = 0;
    }

    /// <summary>One more needs it.</summary>
    public void Hold() => Interlocked.Increment(ref _holders);

    /// <summary>One fewer needs it.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0 && Interlocked.Exchange(ref _buffer, null) is { } buffer) buffers.Return(buffer);
    }

    void IBufferWriter<byte>.Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Buffer.Length - Length);
        Length += count;
        if (Length > maxBytes) throw new ErrnoException(Errno.FBig, $"The secret is longer than {maxBytes} bytes.");
    }

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        var needed = checked(Length + Math.Max(sizeHint, 1));
        if (needed > Buffer.Length)
        {
            var larger = buffers.Rent(Math.Max(needed, Math.Min(2 * Buffer.Length, maxBytes + 1)));
            Span.CopyTo(larger);
            buffers.Return(Buffer);
            _buffer = larger;
        }

        return Buffer.AsMemory(Length);
    }

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => ((IBufferWriter<byte>)this).GetMemory(sizeHint).Span;
}
