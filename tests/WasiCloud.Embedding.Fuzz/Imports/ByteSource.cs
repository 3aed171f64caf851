namespace WasiCloud.Embedding.Fuzz.Imports;

/// <summary>What a fuzzer decides, byte by byte. Behind the end everything is 0, so that any bytes are a program and a shorter one is a simpler one.</summary>
internal sealed class ByteSource(ReadOnlyMemory<byte> bytes)
{
    private int _position;

    public bool IsEmpty => _position >= bytes.Length;

    public byte Next() => IsEmpty ? (byte)0 : bytes.Span[_position++];

    public uint NextU32() => (uint)(Next() | (Next() << 8) | (Next() << 16) | (Next() << 24));

    public ulong NextU64() => NextU32() | ((ulong)NextU32() << 32);

    public T Pick<T>(ReadOnlySpan<T> choices) => choices[Next() % choices.Length];
}
