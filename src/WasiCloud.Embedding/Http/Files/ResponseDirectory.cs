using System.Diagnostics;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Http.Files;

/// <summary>The root of <c>/response</c>. A file exists once the guest created it, and creating it chooses the response's form.</summary>
internal sealed class ResponseDirectory(InvocationExchange exchange, ulong modified) : ListedDirectory(StringComparison.Ordinal, modified)
{
    private const string Headers = "headers";

    private readonly ulong _modified = modified;

    // Made when somebody looks. No form has more than two files.
    private ResponseHeadersDirectory? _headers;
    private KeyValuePair<string, VirtualFile> _first;
    private KeyValuePair<string, VirtualFile> _second;

    protected override int Count => 1 + (_first.Key is null ? 0 : 1) + (_second.Key is null ? 0 : 1);

    public override ValueTask<FsResult<VirtualFile>> CreateFileAsync(string name, bool exclusive, CancellationToken cancellationToken) => name switch
    {
        "txt" => Create(name, ResponseForm.Text, static exchange => new ResponseTextHandle(exchange.Response)),
        "json" => Create(name, ResponseForm.Json, static exchange => new ResponseJsonHandle(exchange.Response)),
        "body" => Create(name, ResponseForm.Pieces, static exchange => new ResponseBodyHandle(exchange.Response, exchange.Pieces)),
        "status" => Add(name, ResponseForm.Pieces, new ResponsePieceFile(exchange.Response, exchange.Pieces.SetStatus, _modified)),
        _ => (FsResult<VirtualFile>)Errno.Access,
    };

    public override ValueTask<Errno> RemoveFileAsync(string name, CancellationToken cancellationToken) => new(Find(name) switch
    {
        null => Errno.NoEnt,
        VirtualDirectory => Errno.IsDir,
        _ => Errno.Perm,
    });

    protected override string NameAt(int index) => index switch { 0 => Headers, 1 => _first.Key, _ => _second.Key };

    protected override VirtualNode NodeAt(int index) => index switch
    {
        0 => _headers ??= new ResponseHeadersDirectory(exchange, _modified),
        1 => _first.Value,
        _ => _second.Value,
    };

    private FsResult<VirtualFile> Create(string name, ResponseForm form, Func<InvocationExchange, FileHandle> open) =>
        Add(name, form, new ResponseStreamFile(exchange, open, _modified));

    private FsResult<VirtualFile> Add(string name, ResponseForm form, VirtualFile file)
    {
        var error = exchange.Response.Begin(form);
        if (error != Errno.Success) return error;
        if (_first.Key is null)
        {
            _first = new(name, file);
            return file;
        }

        Debug.Assert(_second.Key is null, "No form has three files.");
        _second = new(name, file);
        return file;
    }
}
