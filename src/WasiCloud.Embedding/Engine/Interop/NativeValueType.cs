using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime/types/val.h, wasmtime_valtype_t with the reference and heap types nested in it.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal readonly struct NativeValueType
{
    [FieldOffset(0)]
    internal readonly WasmValueKind Kind;

    [FieldOffset(8)]
    internal readonly byte IsNullable;

    [FieldOffset(16)]
    internal readonly HeapTypeKind HeapType;
}
