using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Files;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Http.Queue;

/// <summary>One request: <c>request</c> and <c>response</c>, as a guest that serves one request finds them at the root.</summary>
internal sealed class HttpTurnDirectory(HttpFileTurn turn, ulong modified) : ListedDirectory(StringComparison.Ordinal, modified)
{
    private readonly RequestDirectory _request = new(turn.Delivered.Exchange, modified);
    private readonly ResponseDirectory _response = new(turn.Delivered.Exchange, modified);

    protected override int Count => 2;

    protected override string NameAt(int index) => index == 0 ? "request" : "response";

    protected override VirtualNode NodeAt(int index)
    {
        turn.Touch();
        return index == 0 ? _request : _response;
    }
}
