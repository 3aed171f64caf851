using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime/instance.h, wasmtime_instance_t: an index into one store, nothing to delete.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct InstanceReference
{
    private readonly ulong storeId;
    private readonly nuint index;
}
