namespace WasiCloud.Embedding.Reliability.History;

/// <summary>What one watch told, from its opening on.</summary>
/// <param name="Client">Who watched.</param>
/// <param name="Opened">When it was open, by the clock that all clients share, in nanoseconds.</param>
internal sealed record Watch(string Client, long Opened)
{
    /// <summary>The key whose change is the last that a watch waits for.</summary>
    public const string LastKey = "changes/end";

    /// <summary>In the order in which they were told.</summary>
    public List<WatchedChange> Changes { get; } = [];

    /// <summary>Whether it went on to the end. That of a host that was killed did not.</summary>
    public bool IsComplete => Changes.Count > 0 && Changes[^1].Key == LastKey;
}
