using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary><c>.watch/&lt;prefix&gt;</c>: each opening streams the changes from then on.</summary>
internal sealed class WatchFile(KeyValueAttachment attachment, string prefix) : VirtualFile
{
    private static readonly KeyValueBatch Nothing = new();

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        (FsResult<NodeAttributes>)new NodeAttributes();

    public override async ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        if (options.Access != FileAccess.Read) return Errno.Access;
        var now = await attachment.Backend.CommitAsync(Nothing, cancellationToken).ConfigureAwait(false);
        var reader = new ChangeReader(attachment, prefix, now.Revision, options.Authority ?? PathAuthority.Everything);
        return new WatchHandle(reader, attachment.Options.Prefix.Length);
    }
}
