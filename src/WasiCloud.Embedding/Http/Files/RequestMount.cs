using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Http.Files;

/// <summary><c>/request</c>: the request of the invocation, in several forms.</summary>
internal sealed class RequestMount : ISynchronousMount
{
    public bool BelongsToInvocation => true;

    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken)
    {
        var exchange = context.GetFeature<InvocationExchange>() ?? throw new InvalidOperationException("The invocation has no request.");
        return new(new RequestDirectory(exchange, NodeTime.Now(context.TimeProvider)));
    }
}
