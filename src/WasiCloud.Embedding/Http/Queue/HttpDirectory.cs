using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Http.Queue;

/// <summary>The root of <c>/beta/http</c>: two files that give requests, and a directory for each that was given.</summary>
internal sealed class HttpDirectory(HttpFilePort port, ulong modified) : VirtualDirectory
{
    private const string Accept = "accept";
    private const string Requests = "requests";

    private readonly HttpAcceptFile _accept = new(port, modified);
    private readonly HttpRequestsFile _requests = new(port, modified);

    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken) => new(name switch
    {
        Accept => _accept,
        Requests => _requests,
        _ => Find(name) is { } turn ? turn.Directory ??= new HttpTurnDirectory(turn, modified) : Errno.NoEnt,
    });

    public override async IAsyncEnumerable<DirectoryEntry> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        yield return new(Accept, FileType.RegularFile);
        yield return new(Requests, FileType.RegularFile);
        foreach (var turn in port.Open) yield return new(HttpName.Of(turn.Id), FileType.Directory);
    }

    /// <summary>Ends a request. One whose response was complete, or whose client had gone, has ended before: that is no error.</summary>
    public override ValueTask<Errno> RemoveDirectoryAsync(string name, CancellationToken cancellationToken)
    {
        if (name is Accept or Requests) return new(Errno.NotDir);
        if (!HttpName.TryParse(name, out var id) || !port.HasGiven(id)) return new(Errno.NoEnt);
        return new(port.Find(id)?.Remove() ?? Errno.Success);
    }

    private HttpFileTurn? Find(string name) => HttpName.TryParse(name, out var id) ? port.Find(id) : null;
}
