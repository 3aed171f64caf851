using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Http.Queue;

/// <summary><c>/beta/http/accept</c>: opening it waits for a request, whose name is its content. It is empty when no more will come.</summary>
internal sealed class HttpAcceptFile(HttpFilePort port, ulong modified) : VirtualFile
{
    public override bool ChangesWhenOpened => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => NodeTime.Attributes(modified);

    public override async ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        if (options.Access != FileAccess.Read) return Errno.Access;
        HttpFileTurn? turn;
        if (!options.NonBlocking) turn = await port.AcceptAsync(cancellationToken).ConfigureAwait(false);
        else if (!port.TryAccept(out turn)) return Errno.Again;
        return new BytesHandle(turn is null ? default : HttpName.LineOf(turn.Id));
    }
}
