using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Rpc;

namespace WasiCloud.Embedding.Rpc.Files;

/// <summary><c>accept</c>: opening it waits for a call.</summary>
internal sealed class RpcAcceptFile(RpcService service, RpcGuest guest) : VirtualFile
{
    public const string Name = "accept";

    public override bool ChangesWhenOpened => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        (FsResult<NodeAttributes>)new NodeAttributes();

    public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) => new(Errno.Success);

    public override async ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        if (options.Access != FileAccess.ReadWrite) return Errno.Access;
        if (!guest.TryOpen(service)) return Errno.MFile;
        RpcCall? call = null;
        try
        {
            var (part, acceptor) = guest.Serve(service);
            if (!options.NonBlocking) call = await part.AcceptAsync(acceptor, cancellationToken).ConfigureAwait(false);
            else if (!part.TryAccept(acceptor, out call) && call is null) return Errno.Again;
            return call is null ? Errno.Canceled : new RpcAcceptHandle(guest, call);
        }
        finally
        {
            if (call is null) guest.Close();
        }
    }
}
