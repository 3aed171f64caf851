namespace WasiCloud.Embedding.FileSystem;

/// <summary>The node of a socket, which has no name.</summary>
internal sealed class SocketFile : VirtualFile
{
    /// <summary>All sockets look alike: what is open is the handle.</summary>
    public static SocketFile Instance { get; } = new();

    public override FileType Type => FileType.SocketStream;

    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        (FsResult<NodeAttributes>)new NodeAttributes();

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken) => (FsResult<FileHandle>)Errno.NxIO;
}
