using System.Text;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Messages;
using WasiCloud.Embedding.Mounts.Streams;

namespace WasiCloud.Embedding.Mounts.RequestResponse;

/// <summary>The root of <c>/request</c>.</summary>
internal sealed class RequestDirectory(InvocationExchange exchange, long modified) : ListedDirectory(StringComparison.Ordinal, modified)
{
    private readonly long _modified = modified;
    private KeyValuePair<string, VirtualNode>[]? _nodes;

    protected override IReadOnlyList<KeyValuePair<string, VirtualNode>> Nodes => _nodes ??=
    [
        new("txt", new RequestTextFile(exchange, _modified)),
        new("json", new RequestJsonFile(exchange, _modified)),
        new("body", new RequestBodyFile(exchange.RequestBody, _modified)),
        new("method", Fact(exchange.Request.Method)),
        new("url", Fact(exchange.Request.Target)),
        new("headers", new RequestHeadersDirectory(exchange.Request, _modified)),
    ];

    private BytesFile Fact(string text) => new(Encoding.UTF8.GetBytes(text), _modified);
}
