using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>
/// wasmtime/val.h, wasmtime_val_raw_t: 16 bytes because of v128, aligned to 8. Arguments come in and results go
/// out through the same array, and only the function's type says which field is meant.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct ValRaw
{
    [FieldOffset(0)]
    internal int I32;

    [FieldOffset(0)]
    internal long I64;

    [FieldOffset(0)]
    internal float F32;

    [FieldOffset(0)]
    internal double F64;
}
