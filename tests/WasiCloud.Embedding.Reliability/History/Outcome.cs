namespace WasiCloud.Embedding.Reliability.History;

/// <summary>What a client was told of a call.</summary>
internal enum Outcome
{
    /// <summary>It happened.</summary>
    Done,

    /// <summary>It has not happened, and never will.</summary>
    Refused,

    /// <summary>Nothing, because its host was killed, or that nobody knows: it may happen, or never.</summary>
    Unknown,
}
