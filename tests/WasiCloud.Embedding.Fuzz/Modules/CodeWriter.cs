namespace WasiCloud.Embedding.Fuzz.Modules;

/// <summary>Writes the instructions of one function (core specification, section 5.4). Nothing is checked: wrong code is a purpose.</summary>
internal sealed class CodeWriter
{
    private const int Empty = 0x40;

    private readonly WasmWriter _code = new();

    public long Length => _code.Length;

    public byte[] ToArray() => _code.ToArray();

    public CodeWriter Op(params ReadOnlySpan<byte> bytes)
    {
        _code.Bytes(bytes);
        return this;
    }

    public CodeWriter Unreachable() => Op(0x00);

    public CodeWriter Block() => Op(0x02, Empty);

    /// <summary>A block with parameters and results.</summary>
    public CodeWriter TypedBlock(uint type)
    {
        // The one index that is a signed number (core specification, section 5.4.1).
        Op(0x02);
        _code.S64(type);
        return this;
    }

    public CodeWriter Loop() => Op(0x03, Empty);

    public CodeWriter If() => Op(0x04, Empty);

    public CodeWriter End() => Op(0x0B);

    public CodeWriter Branch(uint depth) => With(0x0C, depth);

    public CodeWriter BranchIf(uint depth) => With(0x0D, depth);

    public CodeWriter BranchTable(IReadOnlyCollection<uint> depths, uint otherwise)
    {
        With(0x0E, (uint)depths.Count);
        foreach (var depth in depths) _code.U32(depth);
        _code.U32(otherwise);
        return this;
    }

    public CodeWriter Return() => Op(0x0F);

    public CodeWriter Call(uint function) => With(0x10, function);

    public CodeWriter CallIndirect(uint type, uint table = 0)
    {
        With(0x11, type);
        _code.U32(table);
        return this;
    }

    public CodeWriter Drop() => Op(0x1A);

    public CodeWriter LocalGet(uint local) => With(0x20, local);

    public CodeWriter LocalSet(uint local) => With(0x21, local);

    public CodeWriter LocalTee(uint local) => With(0x22, local);

    public CodeWriter GlobalGet(uint global) => With(0x23, global);

    public CodeWriter GlobalSet(uint global) => With(0x24, global);

    public CodeWriter I32Load(uint offset = 0) => Access(0x28, offset);

    public CodeWriter I64Load(uint offset = 0) => Access(0x29, offset);

    public CodeWriter I32Load8(uint offset = 0) => Access(0x2D, offset);

    public CodeWriter I32Store(uint offset = 0) => Access(0x36, offset);

    public CodeWriter I64Store(uint offset = 0) => Access(0x37, offset);

    public CodeWriter MemorySize() => Op(0x3F, 0);

    public CodeWriter MemoryGrow() => Op(0x40, 0);

    public CodeWriter I32(int value)
    {
        Op(0x41);
        _code.S64(value);
        return this;
    }

    public CodeWriter I64(long value)
    {
        Op(0x42);
        _code.S64(value);
        return this;
    }

    public CodeWriter I32IsZero() => Op(0x45);

    public CodeWriter I32Equals() => Op(0x46);

    public CodeWriter I32Below() => Op(0x49);

    public CodeWriter I32Above() => Op(0x4B);

    public CodeWriter I32Add() => Op(0x6A);

    public CodeWriter I32Subtract() => Op(0x6B);

    public CodeWriter I32DivideSigned() => Op(0x6D);

    /// <summary>An instruction of the 0xFC group with its immediates.</summary>
    public CodeWriter Misc(uint operation, params ReadOnlySpan<uint> immediates)
    {
        With(0xFC, operation);
        foreach (var immediate in immediates) _code.U32(immediate);
        return this;
    }

    private CodeWriter With(byte operation, uint immediate)
    {
        _code.Byte(operation).U32(immediate);
        return this;
    }

    private CodeWriter Access(byte operation, uint offset)
    {
        _code.Byte(operation).U32(0).U32(offset);
        return this;
    }
}
