using System.Text;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Hosting.Streams;

/// <summary>The last bytes that were written. Thread-safe.</summary>
internal sealed class TailBuffer(int capacity = TailBuffer.DefaultCapacity)
{
    /// <summary>64 KiB, as <see cref="GuestException.StandardError"/> promises.</summary>
    public const int DefaultCapacity = 64 << 10;

    private const int InitialBytes = 512;
    private const byte ContinuationMask = 0b1100_0000;
    private const byte Continuation = 0b1000_0000;

    private readonly Lock _lock = new();

    // Grows to the capacity before it wraps: most guests write nothing, and 10,000 of them may be waiting.
    private byte[] _ring = [];
    private long _written;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (bytes.Length > capacity)
            {
                _written += bytes.Length - capacity;
                bytes = bytes[^capacity..];
            }

            Grow(_written + bytes.Length);
            var start = (int)(_written % capacity);
            var first = Math.Min(bytes.Length, capacity - start);
            bytes[..first].CopyTo(_ring.AsSpan(start));
            bytes[first..].CopyTo(_ring);
            _written += bytes.Length;
        }
    }

    /// <summary>Forgets what was written.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            if (_written == 0) return;
            (_ring, _written) = ([], 0);
        }
    }

    /// <summary>The bytes as UTF-8, with replacement characters; a character that lost its first bytes is left out.</summary>
    public override string ToString() => ToString(mask: null);

    /// <summary>As <see cref="ToString()"/>, without secrets.</summary>
    /// <param name="mask">The secrets; <see langword="null"/> if there are none.</param>
    public string ToString(TextMask? mask)
    {
        lock (_lock)
        {
            if (_written <= capacity)
            {
                var whole = _ring.AsSpan(0, (int)_written);
                return mask?.Decode(whole) ?? Encoding.UTF8.GetString(whole);
            }

            var start = (int)(_written % capacity);
            byte[] linear = [.. _ring.AsSpan(start), .. _ring.AsSpan(0, start)];
            if (mask is not null) return mask.Decode(linear, isBeginningLost: true);
            var skipped = 0;
            while (skipped < linear.Length && (linear[skipped] & ContinuationMask) == Continuation) skipped++;
            return Encoding.UTF8.GetString(linear, skipped, linear.Length - skipped);
        }
    }

    private void Grow(long needed)
    {
        if (needed <= _ring.Length || _ring.Length == capacity) return;
        var size = Math.Min(capacity, Math.Max(InitialBytes, Math.Max(needed, _ring.Length * 2L)));
        Array.Resize(ref _ring, (int)size);
    }
}
