using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Nodes;

/// <summary>A directory in which there is nothing.</summary>
internal sealed class EmptyDirectory : VirtualDirectory
{
    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken) => (FsResult<VirtualNode>)Errno.NoEnt;

    public override IAsyncEnumerable<DirectoryEntry> EnumerateAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<DirectoryEntry>();
}
