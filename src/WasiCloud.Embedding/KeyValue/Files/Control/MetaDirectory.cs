using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary><c>.meta</c> and the directories below it: the scope's own directories, with what is known of each key in place of its value.</summary>
internal sealed class MetaDirectory(KeyValueDirectory keys, KeyValueAttachment attachment) : ControlDirectory
{
    public override async ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken) =>
        Wrap(await keys.LookupAsync(name, cancellationToken).ConfigureAwait(false));

    public override async ValueTask<FsResult<VirtualNode>> TraverseAsync(string name, CancellationToken cancellationToken) =>
        Wrap(await keys.TraverseAsync(name, cancellationToken).ConfigureAwait(false));

    public override IAsyncEnumerable<DirectoryEntry> EnumerateAsync(CancellationToken cancellationToken) => keys.EnumerateAsync(cancellationToken);

    // A file in creation is not a key yet.
    private FsResult<VirtualNode> Wrap(FsResult<VirtualNode> found) => found.Value switch
    {
        KeyValueDirectory directory => new MetaDirectory(directory, attachment),
        KeyValueFile { Entry: { } entry } => new MetaFile(attachment, entry),
        _ => found.Error == Errno.Success ? Errno.NoEnt : found.Error,
    };
}
