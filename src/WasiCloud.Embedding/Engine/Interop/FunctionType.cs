namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>Renders as <c>(i32, i64) -> i32</c>.</summary>
internal sealed record FunctionType(IReadOnlyList<WasmValueType> Parameters, IReadOnlyList<WasmValueType> Results) : ExternType
{
    /// <summary>Reads a borrowed type. Of a copy: what the engine makes of 1,000 parameters would stay with the type, for each of many exports.</summary>
    internal static new FunctionType Read(nint functionType) => Take(FunctionTypeApi.Copy(functionType));

    /// <summary>Reads an owned type and deletes it.</summary>
    internal static unsafe FunctionType Take(nint functionType)
    {
        try
        {
            return new FunctionType(
                WasmValueType.ReadAll(FunctionTypeApi.Parameters(functionType)), WasmValueType.ReadAll(FunctionTypeApi.Results(functionType)));
        }
        finally
        {
            FunctionTypeApi.Delete(functionType);
        }
    }

    public bool Equals(FunctionType? other) =>
        other is not null && Parameters.SequenceEqual(other.Parameters) && Results.SequenceEqual(other.Results);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Parameters.Count);
        for (var index = 0; index < Parameters.Count; index++) hash.Add(Parameters[index]);
        for (var index = 0; index < Results.Count; index++) hash.Add(Results[index]);
        return hash.ToHashCode();
    }

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
