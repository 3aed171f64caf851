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

    public static void Write(ReadOnlySpan<GuestValue> source, Span<ValRaw> destination)
    {
        for (var index = 0; index < source.Length; index++) destination[index].I64 = source[index].Bits;
    }

    /// <summary>Reads values whose types the signature tells: the upper half of a 32-bit one is undefined.</summary>
    public static void Read(ReadOnlySpan<ValRaw> source, ReadOnlySpan<GuestValueType> types, Span<GuestValue> destination)
    {
        for (var index = 0; index < types.Length; index++) destination[index] = new GuestValue(types[index], source[index].I64);
    }

    public static WasmValueKind ToKind(GuestValueType type) => type switch
    {
        GuestValueType.I32 => WasmValueKind.I32,
        GuestValueType.I64 => WasmValueKind.I64,
        GuestValueType.F32 => WasmValueKind.F32,
        GuestValueType.F64 => WasmValueKind.F64,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Guests and hosts exchange i32, i64, f32 and f64."),
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
