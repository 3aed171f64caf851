using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime/instance.h. Functions that return nint return an owned wasmtime_error_t or zero.</summary>
internal static unsafe partial class InstanceApi
{
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_instance_pre_delete")]
    internal static partial void DeletePre(nint instancePre);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_instance_pre_instantiate")]
    internal static partial nint Instantiate(InstancePreHandle instancePre, nint context, InstanceReference* instance, nint* trap);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_instance_export_get")]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool GetExport(nint context, in InstanceReference instance, byte* name, nuint nameLength, ExternItem* item);

    /// <summary>Walks the exports from the first: for a handful of exports only. The name is borrowed from the module.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_instance_export_nth")]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool GetExportAt(nint context, in InstanceReference instance, nuint index, byte** name, nuint* nameLength, ExternItem* item);

    internal static bool TryGetExport(nint context, in InstanceReference instance, ReadOnlySpan<byte> name, out ExternItem item)
    {
        ExternItem found = default;
        bool exists;
        fixed (byte* pointer = name)
            exists = GetExport(context, in instance, pointer, (nuint)name.Length, &found);
        item = found;
        return exists;
    }
}
