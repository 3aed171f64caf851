using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime/func.h: calling into a guest, and finding out who called the host.</summary>
internal static unsafe partial class FunctionApi
{
    /// <summary>Returns an owned wasmtime_error_t or zero; writes <paramref name="trap"/> only if there is one.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_func_call_unchecked")]
    internal static partial nint CallUnchecked(nint context, in FunctionReference function, ValRaw* values, nuint count, nint* trap);

    /// <summary>Returns an owned wasm_functype_t.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_func_type")]
    internal static partial nint TypeOf(nint context, in FunctionReference function);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_caller_export_get")]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool CallerExport(nint caller, byte* name, nuint nameLength, ExternItem* item);

    /// <summary>Finds an export of the instance that is calling, also while it is still being instantiated.</summary>
    internal static bool TryGetCallerExport(nint caller, ReadOnlySpan<byte> name, out ExternItem item)
    {
        ExternItem found = default;
        bool exists;
        fixed (byte* pointer = name)
            exists = CallerExport(caller, pointer, (nuint)name.Length, &found);
        item = found;
        return exists;
    }

    /// <summary>
    /// Calls a guest function. <paramref name="values"/> holds the arguments and receives the results, so it is as
    /// long as the longer of the two; nothing checks that it fits the function's type.
    /// </summary>
    internal static CallOutcome Call(nint context, in FunctionReference function, Span<ValRaw> values)
    {
        nint trap = 0;
        fixed (ValRaw* pointer = values)
        {
            var error = CallUnchecked(context, in function, pointer, (nuint)values.Length, &trap);
            return new CallOutcome(error, trap);
        }
    }
}
