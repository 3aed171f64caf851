using System.Buffers;
using System.Text;

namespace WasiCloud.Embedding.Benchmarks;

/// <summary>
/// Writes a valid command module of a given size: many functions of loads and arithmetic that no compiler can fold (core specification, section 5).
/// </summary>
internal static class SyntheticModule
{
    private const int FunctionBytes = 2048;
    private const byte I32 = 0x7F;
    private const byte LocalGet = 0x20;
    private const byte LocalSet = 0x21;
    private const byte I32Const = 0x41;
    private const byte I32Load = 0x28;
    private const byte I32And = 0x71;
    private const byte AddressMask = 0x3F;
    private const byte I32Add = 0x6A;
    private const byte I32Mul = 0x6C;
    private const byte End = 0x0B;

    public static byte[] Create(int bytes)
    {
        var count = bytes / FunctionBytes;
        var module = new ArrayBufferWriter<byte>(bytes + bytes / 8);
        module.Write("\0asm\u0001\0\0\0"u8);
        Section(module, 1, [1, 0x60, 0, 0]);
        var functions = new ArrayBufferWriter<byte>();
        Unsigned(functions, (uint)count);
        functions.Write(new byte[count]);
        Section(module, 3, functions.WrittenSpan);
        Section(module, 5, [1, 0, 1]);
        var exports = new ArrayBufferWriter<byte>();
        Unsigned(exports, 2);
        Export(exports, "memory", kind: 2);
        Export(exports, "_start", kind: 0);
        Section(module, 7, exports.WrittenSpan);
        var code = new ArrayBufferWriter<byte>(bytes);
        Unsigned(code, (uint)count);
        for (var index = 0; index < count; index++) Function(code, index);
        Section(module, 10, code.WrittenSpan);
        return module.WrittenSpan.ToArray();
    }

    private static void Function(ArrayBufferWriter<byte> code, int seed)
    {
        var body = new ArrayBufferWriter<byte>(FunctionBytes);
        body.Write((ReadOnlySpan<byte>)[1, 1, I32]);
        for (var step = 0; body.WrittenCount < FunctionBytes - 16; step++)
            body.Write((ReadOnlySpan<byte>)[LocalGet, 0, I32Const, AddressMask, I32And, I32Load, 0, 0, I32Const, (byte)((seed + step) & 0x3F),
                step % 3 == 0 ? I32Mul : I32Add, LocalSet, 0]);
        body.Write((ReadOnlySpan<byte>)[End]);
        Unsigned(code, (uint)body.WrittenCount);
        code.Write(body.WrittenSpan);
    }

    private static void Export(ArrayBufferWriter<byte> exports, string name, byte kind)
    {
        Unsigned(exports, (uint)name.Length);
        exports.Write(Encoding.ASCII.GetBytes(name));
        exports.Write((ReadOnlySpan<byte>)[kind, 0]);
    }

    private static void Section(ArrayBufferWriter<byte> module, byte id, ReadOnlySpan<byte> content)
    {
        module.Write((ReadOnlySpan<byte>)[id]);
        Unsigned(module, (uint)content.Length);
        module.Write(content);
    }

    // LEB128 (core specification, section 5.2.2).
    private static void Unsigned(ArrayBufferWriter<byte> writer, uint value)
    {
        for (; value >= 0x80; value >>= 7) writer.Write((ReadOnlySpan<byte>)[(byte)(value | 0x80)]);
        writer.Write((ReadOnlySpan<byte>)[(byte)value]);
    }
}
