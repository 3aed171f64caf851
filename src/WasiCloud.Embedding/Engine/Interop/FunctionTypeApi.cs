using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasm.h "Function Types".</summary>
internal static unsafe partial class FunctionTypeApi
{
    /// <summary>Takes ownership of both vectors and of their elements.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_functype_new")]
    internal static partial nint New(PointerVector* parameters, PointerVector* results);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_functype_delete")]
    internal static partial void Delete(nint functionType);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_functype_copy")]
    internal static partial nint Copy(nint functionType);

    /// <summary>Borrowed. Made when it is first asked for, and kept until the type is deleted.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_functype_params")]
    internal static partial PointerVector* Parameters(nint functionType);

    /// <summary>As <see cref="Parameters"/>.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_functype_results")]
    internal static partial PointerVector* Results(nint functionType);

    /// <summary>Makes an owned wasm_functype_t out of number types.</summary>
    internal static nint Create(ReadOnlySpan<WasmValueKind> parameters, ReadOnlySpan<WasmValueKind> results)
    {
        ThrowIfNotNumbers(parameters);
        ThrowIfNotNumbers(results);
        var parameterTypes = CreateValueTypes(parameters);
        var resultTypes = CreateValueTypes(results);
        return New(&parameterTypes, &resultTypes);
    }

    private static PointerVector CreateValueTypes(ReadOnlySpan<WasmValueKind> kinds)
    {
        var elements = new nint[kinds.Length];
        for (var i = 0; i < kinds.Length; i++)
            elements[i] = ValueTypeApi.New(kinds[i]);

        PointerVector vector = default;
        fixed (nint* pointer = elements)
            VectorApi.NewValueTypes(&vector, (nuint)elements.Length, pointer);
        return vector;
    }

    private static void ThrowIfNotNumbers(ReadOnlySpan<WasmValueKind> kinds)
    {
        foreach (var kind in kinds)
        {
            if (kind > WasmValueKind.F64)
                throw new ArgumentException("Host functions take and return i32, i64, f32 and f64 only.", nameof(kinds));
        }
    }
}
