using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime/extern.h, wasmtime_memory_t: an index into one store, nothing to delete.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct MemoryReference
{
    // The header nests the first two fields in a struct of their own, whose padding is part of the layout.
    private readonly ulong storeId;
    private readonly uint instance;
    private readonly uint padding;
    private readonly uint index;
}
