using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary><c>.lock/&lt;name&gt;</c>: opening it takes the lock.</summary>
internal sealed class LockFile(GuestLocks locks, string name) : VirtualFile
{
    public override bool ChangesWhenOpened => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        (FsResult<NodeAttributes>)new NodeAttributes();

    public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) => new(Errno.Success);

    public override async ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        var (error, held) = await locks.AcquireAsync(name, options.NonBlocking, cancellationToken).ConfigureAwait(false);
        return held is null ? error : new LockHandle(locks, name, held);
    }
}
