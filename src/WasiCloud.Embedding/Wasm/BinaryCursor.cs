namespace WasiCloud.Embedding.Wasm;

/// <summary>
/// Reads the primitive values of the binary format (core specification, chapter 5.2) without trusting it, of modules and of components: behind the end, or in a
/// number that is too long or too large, it fails once and for all, and everything is 0. Nothing is allocated for what the bytes merely claim.
/// </summary>
/// <param name="bytes">The bytes; offsets are in them.</param>
/// <param name="start">The offset of the first byte to read.</param>
internal ref struct BinaryCursor(ReadOnlySpan<byte> bytes, int start = 0)
{
    // 5.2.2: a number of n bits takes at most ceil(n / 7) bytes, and the bits of the last byte that are not its own are 0.
    private const int BitsPerByte = 7;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>The offset of the next byte; once it has failed, of what was wrong.</summary>
    public int Position { get; private set; } = start;

    /// <summary>What was wrong, if anything was.</summary>
    public BinaryFailure Failure { get; private set; }

    /// <summary>Whether something was wrong.</summary>
    public readonly bool HasFailed => Failure != BinaryFailure.None;

    /// <summary>Bytes that follow.</summary>
    public readonly int Remaining => IsAtEnd ? 0 : _bytes.Length - Position;

    /// <summary>Whether nothing follows, or nothing can be read any more.</summary>
    public readonly bool IsAtEnd => HasFailed || Position >= _bytes.Length;

    /// <summary>One byte.</summary>
    public byte Byte()
    {
        if (!IsAtEnd) return _bytes[Position++];
        if (!HasFailed) Fail(BinaryFailure.End, Position);
        return 0;
    }

    /// <summary>The next byte, which stays the next.</summary>
    public readonly byte Peek() => IsAtEnd ? (byte)0 : _bytes[Position];

    /// <summary>Unsigned LEB128 of 32 bits.</summary>
    public uint U32() => (uint)Number(bits: 32);

    /// <summary>Unsigned LEB128.</summary>
    /// <param name="bits">How many bits it may have, up to 64.</param>
    public ulong Number(int bits)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += BitsPerByte)
        {
            var at = Position;
            var next = Byte();
            if (HasFailed) return 0;
            if (shift + BitsPerByte > bits && (next & 0x7F) >> (bits - shift) != 0) return Fail(BinaryFailure.TooLarge, at);
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
            if (shift + BitsPerByte >= bits) return Fail(BinaryFailure.TooLong, at);
        }
    }

    /// <summary>Passes over a LEB128 of up to 64 bits, with or without a sign.</summary>
    public void SkipVariable()
    {
        for (var count = 0; count < 10; count++)
        {
            if (Byte() < 0x80) return;
        }

        Fail(BinaryFailure.TooLong, Position - 1);
    }

    /// <summary>Passes over bytes.</summary>
    public void Skip(uint count)
    {
        if (HasFailed) return;
        if (count <= (uint)Remaining) Position += (int)count;
        else Fail(BinaryFailure.PastEnd, Position);
    }

    /// <summary>The next bytes, read by a cursor of their own that knows the same offsets.</summary>
    public BinaryCursor Slice(uint count)
    {
        var first = Position;
        Skip(count);
        return HasFailed ? new BinaryCursor([]) : new BinaryCursor(_bytes[..Position], first);
    }

    /// <summary>A length and so many bytes: a section, a name, a function's body.</summary>
    public BinaryCursor Part()
    {
        var at = Position;
        var part = Slice(U32());
        if (Failure == BinaryFailure.PastEnd) Position = at;
        return part;
    }

    /// <summary>A name or other text: its length and its bytes.</summary>
    public ReadOnlySpan<byte> Text() => Part().Rest();

    /// <summary>All that follows.</summary>
    public readonly ReadOnlySpan<byte> Rest() => IsAtEnd ? default : _bytes[Position..];

    /// <summary>The next section, as modules and components have them: a number, a length and so many bytes.</summary>
    /// <returns>Whether there is one. One that is cut off has no bytes, and this cursor has failed then.</returns>
    public bool TryReadSection(out byte id, out BinaryCursor section)
    {
        id = 0;
        section = default;
        if (IsAtEnd) return false;
        id = Byte();
        section = Part();
        return true;
    }

    private ulong Fail(BinaryFailure failure, int position)
    {
        (Failure, Position) = (failure, position);
        return 0;
    }
}
