using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Topics;

namespace WasiCloud.Embedding.Topics.Files;

/// <summary><c>/beta/topic</c> (docs/filesystem.md).</summary>
internal sealed class TopicMount(TopicSet topics) : ISynchronousMount, IPartitionedMount
{
    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) =>
        new(new TopicDirectory(new TopicGuest(topics, context)));

    /// <summary>Gives a guest topics of which it hears only what is published for its tenant.</summary>
    public ValueTask<VirtualDirectory> AttachPartAsync(InvocationContext context, CancellationToken cancellationToken) =>
        new(new TopicDirectory(new TopicGuest(topics, context, context.Tenant)));
}
