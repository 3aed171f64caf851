using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue.Locks;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary><c>.lock</c> and what a path passes through below it: every path is the name of a lock, which needs no creation.</summary>
internal sealed class LockDirectory(KeyValueAttachment attachment, GuestLocks locks, string prefix) : ControlDirectory
{
    public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken) =>
        Check(name) is var error and not Errno.Success ? (FsResult<VirtualNode>)error : (FsResult<VirtualNode>)new LockFile(locks, prefix + name);

    public override ValueTask<FsResult<VirtualNode>> TraverseAsync(string name, CancellationToken cancellationToken) =>
        Check(name) is var error and not Errno.Success
            ? (FsResult<VirtualNode>)error
            : (FsResult<VirtualNode>)new LockDirectory(attachment, locks, prefix + name + "/");

    private Errno Check(string name)
    {
        // The locks of tenants are theirs.
        if (name == TenantKeys.Directory && prefix.Length == attachment.Options.Prefix.Length) return Errno.NoEnt;
        return attachment.IsTooLong(LeaseLocks.Prefix + prefix + name) ? Errno.NameTooLong : Errno.Success;
    }
}
