using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Rpc;

namespace WasiCloud.Embedding.Rpc.Files;

/// <summary><c>/beta/rpc</c> (docs/filesystem.md).</summary>
internal sealed class RpcMount(RpcServices services) : ISynchronousMount, IPartitionedMount, INamedMount
{
    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) =>
        new(new RpcDirectory(services, new RpcGuest(services.Parts, context)));

    /// <summary>Gives a guest services that only guests of its tenant call and serve, and functions of the application.</summary>
    public ValueTask<VirtualDirectory> AttachPartAsync(InvocationContext context, CancellationToken cancellationToken) =>
        new(new RpcDirectory(services, new RpcGuest(services.Parts, context, context.Tenant)));

    public ValueTask<bool> HasAsync(string name, CancellationToken cancellationToken) => new(services.Find(name) is not null);

    public ValueTask<IReadOnlyCollection<string>> ListAsync(CancellationToken cancellationToken) =>
        new(services.All.Select(service => service.Name).ToArray());
}
