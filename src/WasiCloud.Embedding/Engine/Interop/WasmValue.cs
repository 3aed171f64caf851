using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime/val.h, wasmtime_val_t: a value that knows its type. 32 bytes because of references to managed objects.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct WasmValue
{
    [FieldOffset(0)]
    internal WasmValueKind Kind;

    [FieldOffset(8)]
    internal int I32;

    [FieldOffset(8)]
    internal long I64;
}
