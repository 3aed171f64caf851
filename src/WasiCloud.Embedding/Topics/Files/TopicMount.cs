using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Topics;

namespace WasiCloud.Embedding.Topics.Files;

/// <summary><c>/beta/topic</c> (docs/filesystem.md).</summary>
internal sealed class TopicMount(TopicSet topics) : ISynchronousMount
{
    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) =>
        new(new TopicDirectory(new TopicGuest(topics, context)));
}
