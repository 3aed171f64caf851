using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Http.Files;

/// <summary><c>txt</c>, <c>json</c> or <c>body</c> below <c>/response</c>: written once, from beginning to end. Closing it ends the response.</summary>
internal sealed class ResponseStreamFile(InvocationExchange exchange, Func<InvocationExchange, FileHandle> open, ulong modified) : VirtualFile
{
    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => NodeTime.Attributes(modified);

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        // Read and write is what os.Create and fopen("w+") ask for; reading then is EBADF.
        if ((options.Access & FileAccess.Write) == 0) return (FsResult<FileHandle>)Errno.Access;
        if (exchange.Response.IsEnded) return (FsResult<FileHandle>)Errno.RoFs;
        return exchange.Response.TryOpen() ? (FsResult<FileHandle>)open(exchange) : (FsResult<FileHandle>)Errno.Busy;
    }
}
