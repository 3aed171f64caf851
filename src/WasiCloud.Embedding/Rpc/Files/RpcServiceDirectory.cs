using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Rpc;

namespace WasiCloud.Embedding.Rpc.Files;

/// <summary>One service: <c>call</c> and <c>accept</c>, as far as they are granted.</summary>
internal sealed class RpcServiceDirectory : VirtualDirectory
{
    private readonly RpcCallFile? _call;
    private readonly RpcAcceptFile? _accept;

    public RpcServiceDirectory(RpcService service, RpcGuest guest)
    {
        var access = guest.AccessOf(service);
        if ((access & RpcAccess.Call) != 0) _call = new RpcCallFile(service, guest);
        if ((access & RpcAccess.Serve) != 0) _accept = new RpcAcceptFile(service, guest);
    }

    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken)
    {
        VirtualFile? file = name switch
        {
            RpcCallFile.Name => _call,
            RpcAcceptFile.Name => _accept,
            _ => null,
        };
        return file is null ? (FsResult<VirtualNode>)Errno.NoEnt : (FsResult<VirtualNode>)file;
    }

    public override async IAsyncEnumerable<DirectoryEntry> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        if (_accept is not null) yield return new DirectoryEntry(RpcAcceptFile.Name, FileType.RegularFile);
        if (_call is not null) yield return new DirectoryEntry(RpcCallFile.Name, FileType.RegularFile);
    }
}
