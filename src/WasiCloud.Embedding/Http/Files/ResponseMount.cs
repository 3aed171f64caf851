using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Http.Files;

/// <summary><c>/response</c>: where the guest writes the response of the invocation, in one of several forms.</summary>
internal sealed class ResponseMount : ISynchronousMount
{
    public bool BelongsToInvocation => true;

    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken)
    {
        var exchange = context.GetFeature<InvocationExchange>() ?? throw new InvalidOperationException("The invocation has no response.");
        return new(new ResponseDirectory(exchange, NodeTime.Now(context.TimeProvider)));
    }
}
