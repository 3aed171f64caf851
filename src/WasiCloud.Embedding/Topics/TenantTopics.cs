namespace WasiCloud.Embedding.Topics;

/// <summary>What one tenant has of all topics, for the application.</summary>
internal sealed class TenantTopics(TopicSet topics, string tenant) : IGuestTopics
{
    public ValueTask PublishAsync(string topic, ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default) =>
        topics.PublishAsync(topic, tenant, message, cancellationToken);

    public TopicSubscription Subscribe(string topic) => topics.Subscribe(topic, tenant);

    public IGuestTopics ForTenant(string tenant) => topics.ForTenant(tenant);
}
