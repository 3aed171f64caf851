using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Messages;

namespace WasiCloud.Embedding.Mounts.RequestResponse;

/// <summary>The root of <c>/response</c>. A file exists once the guest created it, and creating it chooses the response's form.</summary>
internal sealed class ResponseDirectory : ListedDirectory
{
    private readonly InvocationExchange _exchange;
    private readonly long _modified;
    private readonly List<KeyValuePair<string, VirtualNode>> _nodes = [];

    public ResponseDirectory(InvocationExchange exchange, long modified)
        : base(StringComparison.Ordinal, modified)
    {
        (_exchange, _modified) = (exchange, modified);
        _nodes.Add(new("headers", new ResponseHeadersDirectory(exchange, modified)));
    }

    protected override IReadOnlyList<KeyValuePair<string, VirtualNode>> Nodes => _nodes;

    public override ValueTask<FsResult<VirtualFile>> CreateFileAsync(string name, bool exclusive, CancellationToken cancellationToken) => name switch
    {
        "txt" => Create(name, ResponseForm.Text, () => new ResponseTextHandle(_exchange.Response)),
        "json" => Create(name, ResponseForm.Json, () => new ResponseJsonHandle(_exchange.Response)),
        "body" => Create(name, ResponseForm.Pieces, () => new ResponseBodyHandle(_exchange.Response, _exchange.Pieces)),
        "status" => Add(name, ResponseForm.Pieces, new ResponsePieceFile(_exchange.Response, _exchange.Pieces.SetStatus, _modified)),
        _ => (FsResult<VirtualFile>)Errno.Access,
    };

    public override ValueTask<Errno> RemoveFileAsync(string name, CancellationToken cancellationToken) => new(Find(name) switch
    {
        null => Errno.NoEnt,
        VirtualDirectory => Errno.IsDir,
        _ => Errno.Perm,
    });

    private FsResult<VirtualFile> Create(string name, ResponseForm form, Func<FileHandle> open) =>
        Add(name, form, new ResponseStreamFile(_exchange.Response, open, _modified));

    private FsResult<VirtualFile> Add(string name, ResponseForm form, VirtualFile file)
    {
        var error = _exchange.Response.Begin(form);
        if (error != Errno.Success) return error;
        _nodes.Add(new(name, file));
        return file;
    }
}
