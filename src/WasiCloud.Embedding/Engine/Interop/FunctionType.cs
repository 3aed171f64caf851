namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>Renders as <c>(i32, i64) -> i32</c>.</summary>
internal sealed record FunctionType(IReadOnlyList<WasmValueType> Parameters, IReadOnlyList<WasmValueType> Results) : ExternType
{
    internal static unsafe new FunctionType Read(nint functionType) => new(
        WasmValueType.ReadAll(FunctionTypeApi.Parameters(functionType)),
        WasmValueType.ReadAll(FunctionTypeApi.Results(functionType)));

    public bool Equals(FunctionType? other) =>
        other is not null && Parameters.SequenceEqual(other.Parameters) && Results.SequenceEqual(other.Results);

    public override int GetHashCode() => HashCode.Combine(Parameters.Count, Results.Count, ToString());

    public override string ToString()
    {
        var parameters = "(" + string.Join(", ", Parameters) + ")";
        return Results.Count switch
        {
            0 => parameters,
            1 => $"{parameters} -> {Results[0]}",
            _ => $"{parameters} -> ({string.Join(", ", Results)})",
        };
    }
}
