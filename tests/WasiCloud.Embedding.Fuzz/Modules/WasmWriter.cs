using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace WasiCloud.Embedding.Fuzz.Modules;

/// <summary>Writes the primitives of the binary format (core specification, section 5.2).</summary>
internal sealed class WasmWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public long Length => _bytes.WrittenCount;

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    public WasmWriter Byte(int value)
    {
        _bytes.GetSpan(1)[0] = (byte)value;
        _bytes.Advance(1);
        return this;
    }

    public WasmWriter Bytes(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>Unsigned LEB128.</summary>
    public WasmWriter U32(uint value)
    {
        for (; value >= 0x80; value >>= 7) Byte((int)(value | 0x80));
        return Byte((int)value);
    }

    /// <summary>Signed LEB128.</summary>
    public WasmWriter S64(long value)
    {
        while (true)
        {
            var low = (int)(value & 0x7F);
            value >>= 7;
            if ((value == 0 && (low & 0x40) == 0) || (value == -1 && (low & 0x40) != 0)) return Byte(low);
            Byte(low | 0x80);
        }
    }

    public WasmWriter Fixed32(uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Bytes(bytes);
    }

    public WasmWriter Name(string name) => Blob(Encoding.UTF8.GetBytes(name));

    /// <summary>A length and that many bytes.</summary>
    public WasmWriter Blob(ReadOnlySpan<byte> bytes) => U32((uint)bytes.Length).Bytes(bytes);
}
