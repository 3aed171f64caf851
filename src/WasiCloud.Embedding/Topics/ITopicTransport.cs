namespace WasiCloud.Embedding.Topics;

/// <summary>
/// Carries messages between processes. Registered as a service of the application, it is given every topic below <c>/beta/topic</c>. Thread-safe.
/// </summary>
/// <remarks>
/// All messages of a shared topic, also those that are published in this process, reach its subscribers through <see cref="ISharedTopic.Deliver"/>: so all
/// processes see one order.
/// </remarks>
public interface ITopicTransport
{
    /// <summary>Whether a topic is shared with other processes. Asked once, before anything else.</summary>
    /// <param name="topic">The topic's name.</param>
    bool Carries(string topic);

    /// <summary>Begins to deliver what is published. Called once for each topic that is shared, and whenever a tenant begins to use its part of one.</summary>
    /// <param name="topic">The topic.</param>
    void Attach(ISharedTopic topic);

    /// <summary>Ends to deliver: nobody in this process uses the topic any more. It may be attached again later. Default: nothing happens.</summary>
    /// <param name="topic">A tenant's topic that was attached, whose name is that of a topic, a slash and the tenant's in an encoded form.</param>
    void Detach(ISharedTopic topic)
    {
    }

    /// <summary>Publishes a message to the subscribers of all processes.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="message">The message; not used after the returned task has completed.</param>
    /// <param name="cancellationToken">Ends the wait; it is not known whether the message was published.</param>
    /// <returns>Completes when it will reach all that subscribe at this moment, if they read fast enough.</returns>
    /// <exception cref="FileSystem.ErrnoException">It was not published; a guest that publishes gets the errno.</exception>
    /// <exception cref="IOException">It is not known whether the message was published; a guest that publishes gets <c>EIO</c>.</exception>
    ValueTask PublishAsync(ISharedTopic topic, ReadOnlyMemory<byte> message, CancellationToken cancellationToken);
}
