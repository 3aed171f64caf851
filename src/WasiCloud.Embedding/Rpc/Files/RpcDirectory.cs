using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Rpc;

namespace WasiCloud.Embedding.Rpc.Files;

/// <summary>The services that a guest may use.</summary>
internal sealed class RpcDirectory(RpcServices services, RpcGuest guest) : VirtualDirectory
{
    private readonly Dictionary<string, RpcServiceDirectory> _found = new(StringComparer.Ordinal);

    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken)
    {
        if (_found.TryGetValue(name, out var found)) return (FsResult<VirtualNode>)found;
        if (services.Find(name) is not { } service || guest.AccessOf(service) == RpcAccess.None) return (FsResult<VirtualNode>)Errno.NoEnt;
        found = new RpcServiceDirectory(service, guest);
        _found.Add(name, found);
        return (FsResult<VirtualNode>)found;
    }

    public override async IAsyncEnumerable<DirectoryEntry> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        foreach (var service in services.All)
        {
            if (guest.AccessOf(service) != RpcAccess.None) yield return new DirectoryEntry(service.Name, FileType.Directory);
        }
    }

    public override void Release() => guest.End();
}
