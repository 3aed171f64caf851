using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Topics.Files;

/// <summary>The topics that a guest may use.</summary>
internal sealed class TopicDirectory(TopicGuest guest) : VirtualDirectory
{
    private const string Lost = ".lost";

    internal override bool IsSynchronous => true;

    internal override bool IsControlName(string name) => name == Lost;

    public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken)
    {
        if (name == Lost) return (FsResult<VirtualNode>)new TopicLostDirectory(guest);
        return guest.Find(name) is { } topic ? (FsResult<VirtualNode>)new TopicFile(topic, guest) : (FsResult<VirtualNode>)Errno.NoEnt;
    }

    public override async IAsyncEnumerable<DirectoryEntry> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        foreach (var topic in guest.Topics) yield return new DirectoryEntry(topic.Name, FileType.RegularFile);
    }
}
