namespace WasiCloud.Embedding;

/// <summary>What a function takes and returns. Two are equal if all types are. Immutable.</summary>
public sealed class GuestSignature : IEquatable<GuestSignature>
{
    private readonly GuestValueType[] _parameters;
    private readonly GuestValueType[] _results;

    /// <summary>Makes one.</summary>
    /// <param name="parameters">What it takes, in order.</param>
    /// <param name="results">What it returns, in order.</param>
    public GuestSignature(IEnumerable<GuestValueType> parameters, IEnumerable<GuestValueType> results)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(results);
        (_parameters, _results) = ([.. parameters], [.. results]);
        (Parameters, Results) = (Array.AsReadOnly(_parameters), Array.AsReadOnly(_results));
    }

    /// <summary>What it takes, in order.</summary>
    public IReadOnlyList<GuestValueType> Parameters { get; }

    /// <summary>What it returns, in order.</summary>
    public IReadOnlyList<GuestValueType> Results { get; }

    /// <inheritdoc/>
    public bool Equals(GuestSignature? other) =>
        other is not null && _parameters.AsSpan().SequenceEqual(other._parameters) && _results.AsSpan().SequenceEqual(other._results);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as GuestSignature);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var type in _parameters) hash.Add(type);
        hash.Add(GuestValueType.None);
        foreach (var type in _results) hash.Add(type);
        return hash.ToHashCode();
    }

    /// <summary>As the text format writes types: <c>(i32, f32) -> i64</c>, <c>(i32)</c>, <c>() -> (f64, i32)</c>.</summary>
    public override string ToString()
    {
        var parameters = "(" + string.Join(", ", _parameters.Select(NameOf)) + ")";
        return _results.Length switch
        {
            0 => parameters,
            1 => $"{parameters} -> {NameOf(_results[0])}",
            _ => $"{parameters} -> ({string.Join(", ", _results.Select(NameOf))})",
        };
    }

    private static string NameOf(GuestValueType type) => type switch
    {
        GuestValueType.I32 => "i32",
        GuestValueType.I64 => "i64",
        GuestValueType.F32 => "f32",
        GuestValueType.F64 => "f64",
        GuestValueType.V128 => "v128",
        GuestValueType.FuncRef => "funcref",
        GuestValueType.ExternRef => "externref",
        GuestValueType.Reference => "ref",
        _ => "none",
    };
}
