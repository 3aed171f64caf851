using System.Runtime.InteropServices;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>Between the public value type and the engine's.</summary>
internal static class ValueConversion
{
    public static WasmValueKind[] ToKinds(ReadOnlySpan<GuestValueType> types)
    {
        var kinds = new WasmValueKind[types.Length];
        for (var index = 0; index < kinds.Length; index++) kinds[index] = ToKind(types[index]);
        return kinds;
    }

    /// <summary>Reads a signature.</summary>
    /// <returns>Whether it is made of numbers only, which are what hosts can pass.</returns>
    public static bool TryReadTypes(IReadOnlyList<WasmValueType> types, out GuestValueType[] publicTypes)
    {
        publicTypes = [.. types.Select(type => ToType(type.Kind))];
        return !publicTypes.Contains(GuestValueType.None);
    }

    /// <summary>A signature for the application, which may have more than numbers.</summary>
    public static GuestSignature ToSignature(FunctionType type) => new(type.Parameters.Select(ToPublicType), type.Results.Select(ToPublicType));

    /// <summary>Places as the engine takes them: both are laid out as its <c>wasmtime_val_raw_t</c>.</summary>
    public static Span<ValRaw> ToNative(Span<GuestSlot> slots) => MemoryMarshal.Cast<GuestSlot, ValRaw>(slots);

    /// <summary>Places as the application's own functions take them.</summary>
    public static Span<GuestSlot> ToSlots(Span<ValRaw> values) => MemoryMarshal.Cast<ValRaw, GuestSlot>(values);

    public static WasmValueKind ToKind(GuestValueType type) => type switch
    {
        GuestValueType.I32 => WasmValueKind.I32,
        GuestValueType.I64 => WasmValueKind.I64,
        GuestValueType.F32 => WasmValueKind.F32,
        GuestValueType.F64 => WasmValueKind.F64,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Guests and hosts exchange i32, i64, f32 and f64."),
    };

    private static GuestValueType ToPublicType(WasmValueType type) => type switch
    {
        { Kind: WasmValueKind.V128 } => GuestValueType.V128,
        { Kind: WasmValueKind.Reference, HeapType: HeapTypeKind.Func, IsNullable: true } => GuestValueType.FuncRef,
        { Kind: WasmValueKind.Reference, HeapType: HeapTypeKind.Extern, IsNullable: true } => GuestValueType.ExternRef,
        { Kind: WasmValueKind.Reference } => GuestValueType.Reference,
        _ => ToType(type.Kind),
    };

    private static GuestValueType ToType(WasmValueKind kind) => kind switch
    {
        WasmValueKind.I32 => GuestValueType.I32,
        WasmValueKind.I64 => GuestValueType.I64,
        WasmValueKind.F32 => GuestValueType.F32,
        WasmValueKind.F64 => GuestValueType.F64,
        _ => GuestValueType.None,
    };
}
