using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasm.h, the vectors whose elements are pointers: import types, export types, value types, frames.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PointerVector
{
    internal nuint Size;
    internal nint* Data;

    internal readonly ReadOnlySpan<nint> Span => new(Data, checked((int)Size));
}
