using System.Runtime.InteropServices;
using System.Text;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasm.h, wasm_byte_vec_t, which is also wasm_name_t and wasm_message_t.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ByteVector
{
    internal nuint Size;
    internal byte* Data;

    internal readonly ReadOnlySpan<byte> Span => new(Data, checked((int)Size));

    /// <summary>Reads a borrowed name; zero is the C API's "no name".</summary>
    internal static string? ReadName(ByteVector* name)
    {
        return name is null ? null : Encoding.UTF8.GetString(name->Span);
    }

    /// <summary>Reads an owned message and deletes it. wasm_message_t ends in a NUL, wasm_name_t does not.</summary>
    internal static string TakeMessage(ByteVector* message)
    {
        try
        {
            return Encoding.UTF8.GetString(message->Span.TrimEnd((byte)0));
        }
        finally
        {
            VectorApi.DeleteBytes(message);
        }
    }
}
