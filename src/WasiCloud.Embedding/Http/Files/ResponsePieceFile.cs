using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Http.Files;

/// <summary>Takes the content of <c>status</c> or <c>headers/&lt;name&gt;</c>.</summary>
internal delegate Errno PieceCommit(ReadOnlySpan<byte> content);

/// <summary><c>status</c> or <c>headers/&lt;name&gt;</c> below <c>/response</c>: taken at close, and final once the head went out.</summary>
internal sealed class ResponsePieceFile(ResponseMessage response, PieceCommit take, ulong modified) : VirtualFile
{
    private byte[] _content = [];

    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        NodeTime.Attributes(modified, _content.Length);

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        // Read and write is what os.Create and fopen("w+") ask for; reading then is EBADF.
        if ((options.Access & FileAccess.Write) == 0) return (FsResult<FileHandle>)Errno.Access;
        if (response.IsFixed) return (FsResult<FileHandle>)Errno.RoFs;
        return (FsResult<FileHandle>)new ResponsePieceHandle(options.Truncate ? default : _content, response, Commit, modified);
    }

    private Errno Commit(ReadOnlySpan<byte> content)
    {
        var error = take(content);
        if (error == Errno.Success) _content = content.ToArray();
        return error;
    }
}
