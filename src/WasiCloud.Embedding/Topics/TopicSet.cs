using System.Collections.Frozen;
using Microsoft.Extensions.Options;

namespace WasiCloud.Embedding.Topics;

/// <summary>All topics of an application.</summary>
internal sealed class TopicSet : IGuestTopics
{
    private readonly FrozenDictionary<string, Topic> _topics;

    /// <summary>Makes the topics.</summary>
    /// <exception cref="InvalidOperationException">A name was added twice, or a shared topic is to block its publishers.</exception>
    public TopicSet(IEnumerable<TopicRegistration> registrations, IOptions<TopicOptions> options, TimeProvider timeProvider, ITopicTransport? transport = null)
    {
        var topics = new Dictionary<string, Topic>(StringComparer.Ordinal);
        foreach (var registration in registrations)
        {
            var carrier = transport?.Carries(registration.Name) == true ? transport : null;
            if (carrier is not null && registration.Overflow == TopicOverflow.BlockPublisher)
                throw new InvalidOperationException($"The topic '{registration.Name}' is shared with other processes, and cannot block its publishers until " +
                    $"subscribers there have room. Let them lose messages, or do not share it.");
            var topic = new Topic(registration.Name, registration.Access, registration.Overflow, options.Value, timeProvider, carrier);
            if (!topics.TryAdd(registration.Name, topic)) throw new InvalidOperationException($"The topic '{registration.Name}' was added twice.");
        }

        Parts = new TopicParts(transport);
        _topics = topics.ToFrozenDictionary(StringComparer.Ordinal);
        foreach (var topic in _topics.Values)
        {
            if (topic.IsShared) transport!.Attach(topic);
        }
    }

    /// <summary>All of them.</summary>
    public IEnumerable<Topic> All => _topics.Values;

    /// <summary>What tenants have of them.</summary>
    public TopicParts Parts { get; }

    /// <summary>Finds a topic.</summary>
    public Topic? Find(string name) => _topics.GetValueOrDefault(name);

    public ValueTask PublishAsync(string topic, ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
    {
        Topic target;
        try
        {
            target = Get(topic, message);
        }
        catch (ArgumentException exception)
        {
            return ValueTask.FromException(exception);
        }

        return PublishAsync(target, message, cancellationToken);
    }

    /// <summary>As <see cref="PublishAsync(string, ReadOnlyMemory{byte}, CancellationToken)"/>, to those who subscribe for a tenant.</summary>
    public async ValueTask PublishAsync(string topic, string tenant, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        var target = Parts.Take(Get(topic, message), tenant);
        try
        {
            await PublishAsync(target, message, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Parts.Release(target);
        }
    }

    public TopicSubscription Subscribe(string topic) => new(Get(topic));

    /// <summary>As <see cref="Subscribe(string)"/>, for a tenant.</summary>
    public TopicSubscription Subscribe(string topic, string tenant) => new(Parts.Take(Get(topic), tenant), Parts);

    public IGuestTopics ForTenant(string tenant)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        TenantName.Check(tenant, nameof(tenant));
        return new TenantTopics(this, tenant);
    }

    private static ValueTask PublishAsync(Topic target, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        var shared = target.Rent();
        message.Span.CopyTo(shared.Begin(message.Length));
        if (target.IsShared) return SendAsync(target, shared, cancellationToken);
        if (target.TryPublish(shared, owner: null) != PublishOutcome.Published) return new ValueTask(WaitAsync(target, shared, cancellationToken));
        shared.Release();
        return default;
    }

    private static async ValueTask SendAsync(Topic topic, SharedMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await topic.PublishAsync(message, new TopicPort(owner: null), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            message.Release();
        }
    }

    // Under overload most who wait give up, and a throw costs as much as a small guest: so only their awaiting throws.
    private static Task WaitAsync(Topic topic, SharedMessage message, CancellationToken cancellationToken)
    {
        var published = new TaskCompletionSource();
        _ = CompleteAsync();
        return published.Task;

        async Task CompleteAsync()
        {
            try
            {
                var outcome = await topic.PublishAsync(message, new TopicPort(owner: null), cancellationToken).ConfigureAwait(false);
                if (outcome == PublishOutcome.GivenUp) published.SetCanceled(cancellationToken);
                else published.SetResult();
            }
            catch (Exception exception)
            {
                published.SetException(exception);
            }
            finally
            {
                message.Release();
            }
        }
    }

    private Topic Get(string topic, ReadOnlyMemory<byte> message)
    {
        var found = Get(topic);
        if (!message.IsEmpty && message.Length <= found.Options.MaxMessageBytes) return found;
        throw new ArgumentException($"The message has {message.Length} bytes; it must have 1 to {found.Options.MaxMessageBytes}.", nameof(message));
    }

    private Topic Get(string topic)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        return Find(topic) ?? throw new ArgumentException($"There is no topic '{topic}'.", nameof(topic));
    }
}
