using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Rpc;

namespace WasiCloud.Embedding.Rpc.Files;

/// <summary><c>/beta/rpc</c> (docs/filesystem.md).</summary>
internal sealed class RpcMount(RpcServices services) : ISynchronousMount
{
    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) => new(new RpcDirectory(services, context));
}
