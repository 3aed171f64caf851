using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Nodes;

/// <summary>A read-only file whose content is known: it has a size, seeks, and can be opened any number of times.</summary>
internal sealed class BytesFile(ReadOnlyMemory<byte> content, ulong modified) : VirtualFile
{
    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        (FsResult<NodeAttributes>)new NodeAttributes((ulong)content.Length, Accessed: modified, Modified: modified, Changed: modified);

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken) =>
        (options.Access & FileAccess.Write) != 0 || options.Truncate ? (FsResult<FileHandle>)Errno.RoFs : (FsResult<FileHandle>)new BytesHandle(content);
}
