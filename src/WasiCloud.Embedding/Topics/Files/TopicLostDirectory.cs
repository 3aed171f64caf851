using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Topics.Files;

/// <summary><c>.lost</c>: for each topic, how many messages this guest was told to have lost.</summary>
internal sealed class TopicLostDirectory(TopicGuest guest) : VirtualDirectory
{
    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken) => guest.Find(name) is { } topic
        ? (FsResult<VirtualNode>)new BytesFile(Encoding.ASCII.GetBytes(guest.LostOf(topic).ToString(CultureInfo.InvariantCulture)), modified: 0)
        : (FsResult<VirtualNode>)Errno.NoEnt;

    public override async IAsyncEnumerable<DirectoryEntry> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        foreach (var topic in guest.Topics) yield return new DirectoryEntry(topic.Name, FileType.RegularFile);
    }
}
