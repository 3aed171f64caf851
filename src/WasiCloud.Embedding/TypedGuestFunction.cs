namespace WasiCloud.Embedding;

/// <summary>
/// A function that a <see cref="GuestInstance"/> exports, with its types in C#: what its kinds <c>GuestFunction&lt;T1, TResult&gt;</c>, which return
/// something, and
/// <c>GuestAction&lt;T1&gt;</c>, which do not, have in common. Thread-safe.
/// </summary>
/// <remarks>
/// Nothing is boxed, and a <c>Call</c> allocates nothing. <c>i32</c> is <see cref="int"/> or <see cref="uint"/>, <c>i64</c> is <see cref="long"/> or
/// <see cref="ulong"/>, <c>f32</c> is <see cref="float"/>, <c>f64</c> is <see cref="double"/>, all bit for bit; several results are a tuple of two to
/// seven.
/// </remarks>
public abstract class TypedGuestFunction
{
    private protected TypedGuestFunction(GuestFunction function, GuestValueType[] parameters, GuestValueType[] results)
    {
        ArgumentNullException.ThrowIfNull(function);
        var expected = new GuestSignature(parameters, results);
        var actual = new GuestSignature(function.Parameters, function.Results);
        if (!expected.Equals(actual)) throw new GuestSignatureException(function.Name, expected, actual);
        Untyped = function;
    }

    /// <summary>The name of the export.</summary>
    public string Name => Untyped.Name;

    /// <summary>The same function, with any values.</summary>
    public GuestFunction Untyped { get; }
}
