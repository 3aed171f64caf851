using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>A value type, with the text format's name for it.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct WasmValueType(WasmValueKind Kind, HeapTypeKind HeapType = default, bool IsNullable = false)
{
    internal static unsafe WasmValueType Read(nint valueType)
    {
        NativeValueType description = default;
        ValueTypeApi.Describe(valueType, &description);
        var type = description.Kind == WasmValueKind.Reference
            ? new WasmValueType(description.Kind, description.HeapType, description.IsNullable != 0)
            : new WasmValueType(description.Kind);
        ValueTypeApi.DeleteDescription(&description);
        return type;
    }

    internal static unsafe WasmValueType[] ReadAll(PointerVector* valueTypes)
    {
        var types = new WasmValueType[valueTypes->Span.Length];
        for (var i = 0; i < types.Length; i++)
            types[i] = Read(valueTypes->Span[i]);
        return types;
    }

    public override string ToString() => Kind switch
    {
        WasmValueKind.I32 => "i32",
        WasmValueKind.I64 => "i64",
        WasmValueKind.F32 => "f32",
        WasmValueKind.F64 => "f64",
        WasmValueKind.V128 => "v128",
        _ => IsNullable ? $"(ref null {HeapTypeName})" : $"(ref {HeapTypeName})",
    };

    private string HeapTypeName => HeapType switch
    {
        HeapTypeKind.ConcreteFunc => "type func",
        HeapTypeKind.ConcreteArray => "type array",
        HeapTypeKind.ConcreteStruct => "type struct",
        HeapTypeKind.ConcreteExn => "type exn",
        _ => HeapType.ToString().ToLowerInvariant(),
    };
}
