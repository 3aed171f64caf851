using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>
/// wasmtime/extern.h, wasmtime_extern_t. Only a shared memory owns something that would have to be deleted, and
/// engines are configured without threads, so an item needs no deletion.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal readonly struct ExternItem
{
    [FieldOffset(0)]
    internal readonly ExternItemKind Kind;

    [FieldOffset(8)]
    internal readonly FunctionReference Function;

    [FieldOffset(8)]
    internal readonly MemoryReference Memory;
}
