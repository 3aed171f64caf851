using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Http.Files;

/// <summary><c>/response/headers</c>: one file for each field that the guest sets. Names are listed in lower case and found in any.</summary>
internal sealed class ResponseHeadersDirectory(InvocationExchange exchange, ulong modified) : ListedDirectory(StringComparison.OrdinalIgnoreCase, modified)
{
    private readonly ulong _modified = modified;
    private readonly List<KeyValuePair<string, VirtualNode>> _nodes = [];

    protected override int Count => _nodes.Count;

    public override ValueTask<FsResult<VirtualFile>> CreateFileAsync(string name, bool exclusive, CancellationToken cancellationToken)
    {
        if (!MessageHeaders.IsValidName(name)) return (FsResult<VirtualFile>)Errno.Inval;
        var error = exchange.Response.Begin(ResponseForm.Pieces);
        if (error != Errno.Success) return (FsResult<VirtualFile>)error;
        var listed = name.ToLowerInvariant();
        var file = new ResponsePieceFile(exchange.Response, content => exchange.Pieces.SetField(listed, content), _modified);
        _nodes.Add(new(listed, file));
        return (FsResult<VirtualFile>)file;
    }

    public override ValueTask<Errno> RemoveFileAsync(string name, CancellationToken cancellationToken) => new(Find(name) is null ? Errno.NoEnt : Errno.Perm);

    protected override string NameAt(int index) => _nodes[index].Key;

    protected override VirtualNode NodeAt(int index) => _nodes[index].Value;
}
