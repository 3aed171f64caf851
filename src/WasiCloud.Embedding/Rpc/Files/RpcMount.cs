using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Rpc;

namespace WasiCloud.Embedding.Rpc.Files;

/// <summary><c>/beta/rpc</c> (docs/filesystem.md).</summary>
internal sealed class RpcMount(RpcServices services) : ISynchronousMount, IPartitionedMount
{
    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) =>
        new(new RpcDirectory(services, new RpcGuest(services.Parts, context)));

    /// <summary>Gives a guest services that only guests of its tenant call and serve, and functions of the application.</summary>
    public ValueTask<VirtualDirectory> AttachPartAsync(InvocationContext context, CancellationToken cancellationToken) =>
        new(new RpcDirectory(services, new RpcGuest(services.Parts, context, context.Tenant)));
}
