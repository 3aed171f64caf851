using WasiCloud.Embedding.Connections;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Connections.Files;

/// <summary><c>/connection</c>: the connection that a guest lives for. Other guests find it empty.</summary>
internal sealed class ConnectionMount : ISynchronousMount
{
    public bool BelongsToInvocation => true;

    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken)
    {
        var modified = NodeTime.Now(context.TimeProvider);
        return new(context.GetFeature<ConnectionPort>() is { } port ? new ConnectionDirectory(port, modified) : new EmptyDirectory());
    }
}
