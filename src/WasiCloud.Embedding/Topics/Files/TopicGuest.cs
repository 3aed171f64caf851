using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Topics;

namespace WasiCloud.Embedding.Topics.Files;

/// <summary>What the files of one guest share. One guest makes one call at a time, so nothing here is locked.</summary>
/// <param name="topics">All topics.</param>
/// <param name="context">The guest.</param>
/// <param name="tenant">The tenant whose part of them it uses, if it does.</param>
internal sealed class TopicGuest(TopicSet topics, InvocationContext context, string? tenant = null)
{
    private Dictionary<Topic, long>? _lost;
    private int _openTopics;

    /// <summary>The guest.</summary>
    public InvocationContext Context => context;

    /// <summary>Cancelled when the guest is to wait for no more messages.</summary>
    public CancellationToken Stopping => context.Stopping;

    /// <summary>Cancelled when the guest is to get no more messages, because nobody gets anything from it.</summary>
    public CancellationToken ClientLeft => context.ClientLeft;

    /// <summary>The topics that exist for this guest.</summary>
    public IEnumerable<Topic> Topics => topics.All.Where(topic => AccessOf(topic) != TopicAccess.None);

    /// <summary>Finds a topic that exists for this guest.</summary>
    public Topic? Find(string name) => topics.Find(name) is { } topic && AccessOf(topic) != TopicAccess.None ? topic : null;

    /// <summary>What this guest may do with a topic. Under a policy, its lines decide, where names are looked up.</summary>
    public TopicAccess AccessOf(Topic topic) => context.HasPolicy ? TopicAccess.Publish | TopicAccess.Subscribe : topic.Access;

    /// <summary>Counts an open file.</summary>
    /// <param name="topic">A topic of <see cref="Topics"/>.</param>
    /// <returns>The topic that it is of; <see langword="null"/> if the guest may have no more.</returns>
    public Topic? TryOpen(Topic topic)
    {
        if (_openTopics >= topic.Options.MaxOpenTopics) return null;
        _openTopics++;
        return tenant is null ? topic : topics.Parts.Take(topic, tenant);
    }

    /// <summary>An open file was closed.</summary>
    /// <param name="topic">What <see cref="TryOpen"/> gave.</param>
    public void Close(Topic topic)
    {
        _openTopics--;
        if (tenant is not null) topics.Parts.Release(topic);
    }

    /// <summary>This guest was told that it lost messages.</summary>
    public void AddLost(Topic topic, long count)
    {
        _lost ??= [];
        _lost[topic.Origin] = LostOf(topic) + count;
    }

    /// <summary>How many messages this guest was told to have lost.</summary>
    public long LostOf(Topic topic) => _lost?.GetValueOrDefault(topic.Origin) ?? 0;
}
