using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue.Locks;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary><c>.lock</c> and what a path passes through below it: every path is the name of a lock, which needs no creation.</summary>
internal sealed class LockDirectory(KeyValueAttachment attachment, GuestLocks locks, string prefix) : ControlDirectory
{
    public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken) =>
        IsTooLong(name) ? (FsResult<VirtualNode>)Errno.NameTooLong : (FsResult<VirtualNode>)new LockFile(locks, prefix + name);

    public override ValueTask<FsResult<VirtualNode>> TraverseAsync(string name, CancellationToken cancellationToken) =>
        IsTooLong(name) ? (FsResult<VirtualNode>)Errno.NameTooLong : (FsResult<VirtualNode>)new LockDirectory(attachment, locks, prefix + name + "/");

    private bool IsTooLong(string name) => attachment.IsTooLong(LeaseLocks.Prefix + prefix + name);
}
