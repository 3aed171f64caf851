using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Http.Queue;

/// <summary>
/// <c>/beta/http</c>: the requests of a daemon, each a directory. Guests that are no daemons, or get their requests on a socket, find it empty.
/// </summary>
internal sealed class HttpMount : ISynchronousMount
{
    public bool BelongsToInvocation => true;

    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken)
    {
        var modified = NodeTime.Now(context.TimeProvider);
        return new(context.GetFeature<HttpFilePort>() is { } port ? new HttpDirectory(port, modified) : new EmptyDirectory());
    }
}
