using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Topics;

namespace WasiCloud.Embedding.Topics.Files;

/// <summary><c>/beta/topic</c> (docs/filesystem.md).</summary>
internal sealed class TopicMount(TopicSet topics) : ISynchronousMount, IPartitionedMount, INamedMount
{
    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) =>
        new(new TopicDirectory(new TopicGuest(topics, context)));

    /// <summary>Gives a guest topics of which it hears only what is published for its tenant.</summary>
    public ValueTask<VirtualDirectory> AttachPartAsync(InvocationContext context, CancellationToken cancellationToken) =>
        new(new TopicDirectory(new TopicGuest(topics, context, context.Tenant)));

    public ValueTask<bool> HasAsync(string name, CancellationToken cancellationToken) => new(topics.Find(name) is not null);

    public ValueTask<IReadOnlyCollection<string>> ListAsync(CancellationToken cancellationToken) => new(topics.All.Select(topic => topic.Name).ToArray());
}
