namespace WasiCloud.Embedding.Fuzz.Deadlines;

/// <summary>A guest that makes one kind of call again and again, until its time is over.</summary>
/// <param name="Function">What is measured, as the report names it: the function, and where.</param>
/// <param name="Path">What it works on, at <see cref="DeadlineModule.PathAddress"/>; may be empty.</param>
/// <param name="Setup">Instructions before the first call.</param>
/// <param name="Call">Instructions that are repeated.</param>
internal sealed record DeadlineCase(string Function, string Path, string Setup, string Call)
{
    /// <summary>How the guest gets its request.</summary>
    public GuestInterface Interface { get; init; }

    /// <summary>Whether it has arguments and variables of a megabyte.</summary>
    public bool HasLongArguments { get; init; }
}
