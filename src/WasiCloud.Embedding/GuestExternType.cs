namespace WasiCloud.Embedding;

/// <summary>The type of something that a module imports or exports. Two are equal if kind and text are. Immutable.</summary>
public sealed record GuestExternType
{
    private readonly string? _text;

    internal GuestExternType(GuestSignature signature) => (Kind, Signature) = (GuestExternKind.Function, signature);

    internal GuestExternType(GuestExternKind kind, string text) => (Kind, _text) = (kind, text);

    /// <summary>What it is.</summary>
    public GuestExternKind Kind { get; }

    /// <summary>Of a function, what it takes and returns; otherwise <see langword="null"/>.</summary>
    public GuestSignature? Signature { get; }

    /// <summary>
    /// The type as text: <c>(i32) -> f64</c>, <c>memory 1..16</c> (pages of 64 KiB; without the second number if it may grow for ever), <c>table (ref null
    /// func)</c>, <c>global mut i32</c>, <c>tag</c>.
    /// </summary>
    public override string ToString() => Signature?.ToString() ?? _text!;
}
