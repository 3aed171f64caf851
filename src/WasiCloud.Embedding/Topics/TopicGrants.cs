namespace WasiCloud.Embedding.Topics;

/// <summary>
/// The topics that one guest may use, instead of what <c>AddTopic</c> says of all guests: put it among <see cref="InvocationRequest.Features"/>.
/// </summary>
/// <remarks>Not thread-safe while it is changed.</remarks>
public sealed class TopicGrants
{
    private readonly Dictionary<string, TopicAccess> _topics = new(StringComparer.Ordinal);

    /// <summary>Grants a topic, or changes what was granted of it. A topic that was not added does not exist all the same.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="access">What the guest may do with it.</param>
    /// <returns>This object.</returns>
    public TopicGrants Allow(string topic, TopicAccess access)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        _topics[topic] = access;
        return this;
    }

    /// <summary>What is granted of a topic.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <returns><see cref="TopicAccess.None"/> if nothing is.</returns>
    public TopicAccess Of(string topic) => _topics.GetValueOrDefault(topic);
}
