namespace WasiCloud.Embedding.Reliability.History;

/// <summary>One call of a client, with its beginning, its end and what came of it.</summary>
/// <param name="Client">Who called. A client has one call at a time.</param>
/// <param name="Invoked">When, by the clock that all clients share, in nanoseconds.</param>
/// <param name="Returned">
/// When the client was told. <see cref="Never"/> for a call of unknown outcome, unless it is known by when it has happened or never will.
/// </param>
/// <param name="Words">What was called, and with which arguments.</param>
/// <param name="Outcome">What the client was told.</param>
/// <param name="Error">Of what was refused, the errno's name.</param>
/// <param name="Result">What the call gave; of what was refused, what it had given before.</param>
internal sealed record Call(string Client, long Invoked, long Returned, string[] Words, Outcome Outcome, string Error = "", string Result = "")
{
    /// <summary>No time is as late as this.</summary>
    public const long Never = long.MaxValue;

    /// <summary>The name of the call.</summary>
    public string Kind => Words[0];

    /// <summary>Its first argument.</summary>
    public string Key => Words[1];

    /// <summary>Whether this one was over before the other began.</summary>
    public bool IsBefore(Call other) => Returned < other.Invoked;

    public override string ToString()
    {
        var end = Returned == Never ? "..." : FormattableString.Invariant($"{Returned / 1000}");
        return FormattableString.Invariant($"{Invoked / 1000} {end} {Client}: {string.Join(' ', Words)} -> {Outcome} {Error} {Result}").TrimEnd();
    }
}
