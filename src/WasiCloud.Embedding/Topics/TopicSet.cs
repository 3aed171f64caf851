using System.Collections.Frozen;
using Microsoft.Extensions.Options;

namespace WasiCloud.Embedding.Topics;

/// <summary>All topics of an application.</summary>
internal sealed class TopicSet : IGuestTopics
{
    private readonly FrozenDictionary<string, Topic> _topics;

    /// <summary>Makes the topics.</summary>
    /// <exception cref="InvalidOperationException">A name was added twice, or a shared topic is to block its publishers.</exception>
    public TopicSet(IEnumerable<TopicRegistration> registrations, IOptions<TopicOptions> options, ITopicTransport? transport = null)
    {
        var topics = new Dictionary<string, Topic>(StringComparer.Ordinal);
        foreach (var registration in registrations)
        {
            var carrier = transport?.Carries(registration.Name) == true ? transport : null;
            if (carrier is not null && registration.Overflow == TopicOverflow.BlockPublisher)
                throw new InvalidOperationException($"The topic '{registration.Name}' is shared with other processes, and cannot block its publishers until subscribers there have room. Let them lose messages, or do not share it.");
            var topic = new Topic(registration.Name, registration.Access, registration.Overflow, options.Value, carrier);
            if (!topics.TryAdd(registration.Name, topic)) throw new InvalidOperationException($"The topic '{registration.Name}' was added twice.");
        }

        _topics = topics.ToFrozenDictionary(StringComparer.Ordinal);
        foreach (var topic in _topics.Values)
        {
            if (topic.IsShared) transport!.Attach(topic);
        }
    }

    /// <summary>All of them.</summary>
    public IEnumerable<Topic> All => _topics.Values;

    /// <summary>Finds a topic.</summary>
    public Topic? Find(string name) => _topics.GetValueOrDefault(name);

    public async ValueTask PublishAsync(string topic, ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
    {
        var target = Get(topic);
        if (message.IsEmpty || message.Length > target.Options.MaxMessageBytes)
            throw new ArgumentException($"The message has {message.Length} bytes; it must have 1 to {target.Options.MaxMessageBytes}.", nameof(message));
        cancellationToken.ThrowIfCancellationRequested();
        var shared = target.Rent();
        try
        {
            message.Span.CopyTo(shared.Begin(message.Length));
            if (target.TryPublish(shared, owner: null) != PublishOutcome.Published) await target.PublishAsync(shared, new TopicPort(owner: null), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            shared.Release();
        }
    }

    public TopicSubscription Subscribe(string topic) => new(Get(topic));

    private Topic Get(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Find(name) ?? throw new ArgumentException($"There is no topic '{name}'.", nameof(name));
    }
}
