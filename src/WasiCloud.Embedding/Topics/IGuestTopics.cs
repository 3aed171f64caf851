namespace WasiCloud.Embedding.Topics;

/// <summary>Publishes and receives messages, which guests or the application publish, from the application. Thread-safe.</summary>
public interface IGuestTopics
{
    /// <summary>Publishes a message to all who subscribe at this moment.</summary>
    /// <remarks>
    /// Messages that are awaited one after another keep their order. Of those that wait for room at the same time the first is next, until it has waited for
    /// 100 ms: then it is the last, but for one in eight, because the first is about to give up (docs/overload.md). Those without a cancellation token keep
    /// their order always.
    /// </remarks>
    /// <param name="topic">The topic's name.</param>
    /// <param name="message">The message, not empty; not used after the returned task has completed.</param>
    /// <param name="cancellationToken">Ends the wait of a topic with <see cref="TopicOverflow.BlockPublisher"/>: then nobody gets the message.</param>
    /// <returns>Completes when the message waits for every subscriber.</returns>
    /// <exception cref="ArgumentException">There is no such topic, or the message is empty or longer than
    /// <see cref="TopicOptions.MaxMessageBytes"/>.</exception>
    /// <exception cref="IOException">The topic is shared with other processes, and its transport does not know whether the message was published.</exception>
    ValueTask PublishAsync(string topic, ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default);

    /// <summary>Subscribes, from this call on.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <returns>The subscription. Dispose it.</returns>
    /// <exception cref="ArgumentException">There is no such topic.</exception>
    TopicSubscription Subscribe(string topic);

    /// <summary>
    /// The same for what a tenant has of each topic: what guests publish and receive whose policy says <c>tenant</c> (docs/authority.md). Costs nothing while
    /// nobody uses it.
    /// </summary>
    /// <param name="tenant">The tenant, as of <see cref="InvocationRequest.Tenant"/>.</param>
    /// <returns>The tenant's topics.</returns>
    /// <exception cref="ArgumentException">It is no tenant's name.</exception>
    IGuestTopics ForTenant(string tenant);
}
