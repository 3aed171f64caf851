using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary>
/// <c>.watch</c> and what a path passes through below it: every path is the prefix to watch, and <see cref="All"/> as its last name ends the prefix with the
/// slash before.
/// </summary>
internal sealed class WatchDirectory(KeyValueAttachment attachment, string prefix) : ControlDirectory
{
    private const string All = ".all";

    public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken)
    {
        if (name == All) return (FsResult<VirtualNode>)new WatchFile(attachment, prefix);
        var error = Check(name);
        return error == Errno.Success ? (FsResult<VirtualNode>)new WatchFile(attachment, prefix + name) : (FsResult<VirtualNode>)error;
    }

    public override ValueTask<FsResult<VirtualNode>> TraverseAsync(string name, CancellationToken cancellationToken)
    {
        var error = Check(name);
        return error == Errno.Success ? (FsResult<VirtualNode>)new WatchDirectory(attachment, prefix + name + "/") : (FsResult<VirtualNode>)error;
    }

    private Errno Check(string name)
    {
        if (attachment.IsReserved(prefix + name)) return Errno.NoEnt;
        return attachment.IsTooLong(prefix + name) ? Errno.NameTooLong : Errno.Success;
    }
}
