using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime/wat.h: the text format, for tests and benchmarks.</summary>
internal static unsafe partial class TextFormatApi
{
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_wat2wasm")]
    internal static partial nint ToBinary(byte* text, nuint length, ByteVector* wasm);

    /// <summary>Throws <see cref="FormatException"/> with Wasmtime's message for text that does not parse.</summary>
    internal static byte[] Assemble(ReadOnlySpan<byte> text)
    {
        ByteVector wasm = default;
        fixed (byte* pointer = text)
        {
            if (WasmtimeError.Take(ToBinary(pointer, (nuint)text.Length, &wasm)) is { } error)
                throw new FormatException(error.Message);
        }

        var binary = wasm.Span.ToArray();
        VectorApi.DeleteBytes(&wasm);
        return binary;
    }
}
