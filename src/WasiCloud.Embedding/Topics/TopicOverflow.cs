namespace WasiCloud.Embedding.Topics;

/// <summary>What happens when a subscriber does not read as fast as is published.</summary>
public enum TopicOverflow
{
    /// <summary>The subscriber loses the oldest messages, and is told how many.</summary>
    DropOldest,

    /// <summary>
    /// Publishers wait until every subscriber has room: none loses anything, and the slowest makes the pace. For messages that all subscribers must do.
    /// </summary>
    BlockPublisher,
}
