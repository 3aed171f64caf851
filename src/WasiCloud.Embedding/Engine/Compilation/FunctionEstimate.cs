using WasiCloud.Embedding.Wasm;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>
/// Reads the body of one function and adds up what the compiler makes of it. The weights were measured with Wasmtime 50 (<c>compile</c> of
/// tests/WasiCloud.Embedding.Fuzz).
/// </summary>
internal sealed class FunctionEstimate(List<FunctionArity> types, List<FunctionArity> functions, FunctionArity own)
{
    // Bytes of the compiler for a byte of code; for a value that a block takes or gives; for one that a call does; for a local at a loop, and at any other
    // join.
    private const long PerByte = 128;
    private const long PerBlockValue = 8192;
    private const long PerCallValue = 1024;
    private const long PerLoopLocal = 1024;
    private const long PerJoinLocal = 128;

    private readonly List<uint> _labels = [];
    private long _cost;
    private long _locals;

    /// <summary>Reads locals and code.</summary>
    /// <returns>Bytes of memory.</returns>
    public long Read(ref BinaryCursor body)
    {
        var start = body.Position;
        _locals = own.Parameters;
        for (var groups = body.U32(); groups > 0 && !body.IsAtEnd; groups--)
        {
            _locals += body.U32();
            SkipValueType(ref body);
        }

        _labels.Add(own.Results);
        while (!body.IsAtEnd && _labels.Count > 0 && TryReadInstruction(ref body))
        {
        }

        return _cost + (PerByte * (body.Position - start));
    }

    /// <summary>Passes over a value type, of which references may have a second part.</summary>
    public static void SkipValueType(ref BinaryCursor cursor)
    {
        if (cursor.Byte() is 0x63 or 0x64) cursor.SkipVariable();
    }

    private bool TryReadInstruction(ref BinaryCursor body)
    {
        var operation = body.Byte();
        switch (operation)
        {
            case 0x02 or 0x03 or 0x04:
                EnterBlock(ReadBlockType(ref body), isLoop: operation == 0x03);
                return true;
            case 0x05:
                _cost += PerJoinLocal * _locals;
                return true;
            case 0x0B:
                _labels.RemoveAt(_labels.Count - 1);
                return true;
            case 0x0C or 0x0D or 0xD5 or 0xD6:
                Branch(body.U32());
                return true;
            case 0x0E:
                for (var count = body.U32(); count > 0 && !body.IsAtEnd; count--) Branch(body.U32());
                Branch(body.U32());
                return true;
            case 0x10 or 0x12:
                Call(functions, body.U32());
                return true;
            case 0x11 or 0x13:
                Call(types, body.U32());
                body.SkipVariable();
                return true;
            case 0x14 or 0x15:
                Call(types, body.U32());
                return true;
            case 0x1C:
                for (var count = body.U32(); count > 0 && !body.IsAtEnd; count--) SkipValueType(ref body);
                return true;
            case 0x00 or 0x01 or 0x0F or 0x1A or 0x1B or (>= 0x45 and <= 0xC4) or 0xD1 or 0xD3 or 0xD4:
                return true;
            case (>= 0x20 and <= 0x26) or 0x3F or 0x40 or 0x41 or 0x42 or 0xD0 or 0xD2:
                body.SkipVariable();
                return true;
            case >= 0x28 and <= 0x3E:
                SkipAccess(ref body);
                return true;
            case 0x43:
                body.Skip(sizeof(float));
                return true;
            case 0x44:
                body.Skip(sizeof(double));
                return true;
            case 0xFC:
                return TrySkipMiscellaneous(ref body, body.U32());
            case 0xFD:
                SkipVector(ref body, body.U32());
                return true;
            default:
                return false;
        }
    }

    private static void SkipAccess(ref BinaryCursor body)
    {
        // Bit 6 of the alignment says that the index of a memory follows.
        if ((body.U32() & 0x40) != 0) body.SkipVariable();
        body.SkipVariable();
    }

    private static bool TrySkipMiscellaneous(ref BinaryCursor body, uint operation)
    {
        if (operation is 8 or 10 or 12 or 14) body.SkipVariable();
        if (operation is >= 8 and <= 18) body.SkipVariable();
        return operation <= 22;
    }

    private static void SkipVector(ref BinaryCursor body, uint operation)
    {
        if (operation is <= 11 or (>= 84 and <= 93)) SkipAccess(ref body);
        if (operation is 12 or 13) body.Skip(16);
        if (operation is (>= 21 and <= 34) or (>= 84 and <= 91)) body.Skip(1);
    }

    private FunctionArity ReadBlockType(ref BinaryCursor body)
    {
        // A negative number of one byte is a type or nothing; anything else is an index.
        var first = body.Peek();
        if (first == 0x40)
        {
            body.Skip(1);
            return default;
        }

        if (first is >= 0x40 and < 0x80)
        {
            SkipValueType(ref body);
            return new FunctionArity(0, 1);
        }

        var index = body.U32();
        return index < (uint)types.Count ? types[(int)index] : default;
    }

    private void EnterBlock(FunctionArity type, bool isLoop)
    {
        _cost += (PerBlockValue * ((long)type.Parameters + type.Results)) + ((isLoop ? PerLoopLocal : PerJoinLocal) * _locals);
        _labels.Add(isLoop ? type.Parameters : type.Results);
    }

    private void Branch(uint depth)
    {
        if (depth < (uint)_labels.Count) _cost += PerBlockValue * _labels[_labels.Count - 1 - (int)depth];
    }

    private void Call(List<FunctionArity> arities, uint index)
    {
        if (index < (uint)arities.Count) _cost += PerCallValue * ((long)arities[(int)index].Parameters + arities[(int)index].Results);
    }
}
