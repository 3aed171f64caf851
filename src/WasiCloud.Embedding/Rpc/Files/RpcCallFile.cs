using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Rpc;

namespace WasiCloud.Embedding.Rpc.Files;

/// <summary><c>call</c>: each opening is one call.</summary>
internal sealed class RpcCallFile(RpcService service, RpcGuest guest) : VirtualFile
{
    public const string Name = "call";

    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        (FsResult<NodeAttributes>)new NodeAttributes();

    public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) => new(Errno.Success);

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        if (guest.BeginCall(service) is not { } call) return (FsResult<FileHandle>)Errno.ConnRefused;
        if (guest.TryOpen(service)) return (FsResult<FileHandle>)new RpcCallHandle(guest, call, options.Access);
        call.Release();
        return (FsResult<FileHandle>)Errno.MFile;
    }
}
