namespace WasiCloud.Embedding.Topics;

/// <summary>A topic of this process as its <see cref="ITopicTransport"/> sees it. Thread-safe.</summary>
public interface ISharedTopic
{
    /// <summary>The topic's name.</summary>
    string Name { get; }

    /// <summary>Its limits.</summary>
    TopicOptions Options { get; }

    /// <summary>Gives a message to all that subscribe in this process. Never waits: a subscriber without room loses its oldest messages.</summary>
    /// <param name="message">The message. One longer than <see cref="TopicOptions.MaxMessageBytes"/> of this process counts as lost.</param>
    /// <param name="lost">How many messages were lost between the one delivered before and this one.</param>
    void Deliver(ReadOnlyMemory<byte> message, long lost);
}
