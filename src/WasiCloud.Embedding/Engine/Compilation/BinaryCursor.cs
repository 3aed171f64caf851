namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>
/// Reads the binary format without trusting it: behind the end, or in a number that is too long, it fails once and for all, and everything is 0.
/// </summary>
internal ref struct BinaryCursor(ReadOnlySpan<byte> bytes, int start = 0)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>The offset of the next byte.</summary>
    public int Position { get; private set; } = start;

    public bool HasFailed { get; private set; }

    /// <summary>Bytes that follow.</summary>
    public readonly int Remaining => HasFailed ? 0 : _bytes.Length - Position;

    public readonly bool IsAtEnd => HasFailed || Position >= _bytes.Length;

    public byte Byte()
    {
        if (IsAtEnd)
        {
            HasFailed = true;
            return 0;
        }

        return _bytes[Position++];
    }

    /// <summary>The next byte, which stays the next.</summary>
    public readonly byte Peek() => IsAtEnd ? (byte)0 : _bytes[Position];

    /// <summary>Unsigned LEB128 of 32 bits.</summary>
    public uint U32() => (uint)Variable(maxBytes: 5);

    /// <summary>Passes over a LEB128 of up to 64 bits.</summary>
    public void SkipVariable() => Variable(maxBytes: 10);

    public void Skip(uint count)
    {
        HasFailed |= count > (uint)(_bytes.Length - Position);
        if (!HasFailed) Position += (int)count;
    }

    /// <summary>The next bytes, read by a cursor of their own that knows the same offsets.</summary>
    public BinaryCursor Slice(uint count)
    {
        var first = Position;
        Skip(count);
        return HasFailed ? new BinaryCursor([]) : new BinaryCursor(_bytes[..Position], first);
    }

    /// <summary>A name or other text: its length and its bytes.</summary>
    public ReadOnlySpan<byte> Text()
    {
        var length = U32();
        var first = Position;
        Skip(length);
        return HasFailed ? default : _bytes[first..Position];
    }

    private ulong Variable(int maxBytes)
    {
        var value = 0UL;
        for (var index = 0; index < maxBytes; index++)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << (7 * index);
            if ((next & 0x80) == 0) return value;
        }

        HasFailed = true;
        return 0;
    }
}
