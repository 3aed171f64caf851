namespace WasiCloud.Embedding.Topics;

/// <summary>What became of a message that was to be published.</summary>
internal enum PublishOutcome
{
    /// <summary>It waits for every subscriber, in the same place for all.</summary>
    Published,

    /// <summary>Nobody got it: a subscriber has no room, or others wait to publish before.</summary>
    NoRoom,

    /// <summary>Nobody got it: a subscription of the publisher itself has no room, so that waiting would never end.</summary>
    WaitsForItself,

    /// <summary>Nobody got it: the wait for room was cancelled.</summary>
    GivenUp,
}
