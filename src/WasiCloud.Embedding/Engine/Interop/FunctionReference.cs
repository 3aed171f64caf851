using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime/extern.h, wasmtime_func_t: an index into one store, nothing to delete.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct FunctionReference
{
    private readonly ulong storeId;
    private readonly nint index;
}
