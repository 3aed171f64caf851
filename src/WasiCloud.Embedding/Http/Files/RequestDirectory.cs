using System.Text;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Http.Files;

/// <summary>The root of <c>/request</c>.</summary>
internal sealed class RequestDirectory(InvocationExchange exchange, ulong modified) : ListedDirectory(StringComparison.Ordinal, modified)
{
    private static readonly string[] Names = ["txt", "json", "body", "method", "url", "headers"];

    private readonly ulong _modified = modified;

    // Most guests look at one of them.
    private readonly VirtualNode?[] _nodes = new VirtualNode?[Names.Length];

    protected override int Count => Names.Length;

    protected override string NameAt(int index) => Names[index];

    protected override VirtualNode NodeAt(int index) => _nodes[index] ??= Names[index] switch
    {
        "txt" => new RequestTextFile(exchange, _modified),
        "json" => new RequestJsonFile(exchange, _modified),
        "body" => new RequestBodyFile(exchange.RequestBody, _modified),
        "method" => Fact(exchange.Request.Method),
        "url" => Fact(exchange.Request.Target),
        _ => new RequestHeadersDirectory(exchange.Request, _modified),
    };

    private BytesFile Fact(string text) => new(Encoding.UTF8.GetBytes(text), _modified);
}
