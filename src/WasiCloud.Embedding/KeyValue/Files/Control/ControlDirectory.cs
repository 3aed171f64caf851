using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary>A directory below a control name: what is in it is not the guest's to create, remove or rename, unless a kind of it says otherwise.</summary>
internal abstract class ControlDirectory : VirtualDirectory
{
    public override async IAsyncEnumerable<DirectoryEntry> EnumerateAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        yield break;
    }

    /// <summary>Setting times is accepted and ignored, as for the keys.</summary>
    public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) => new(Errno.Success);

    public override ValueTask<FsResult<VirtualFile>> CreateFileAsync(string name, bool exclusive, CancellationToken cancellationToken) =>
        (FsResult<VirtualFile>)Errno.Access;

    public override ValueTask<Errno> CreateDirectoryAsync(string name, CancellationToken cancellationToken) => new(Errno.Perm);

    public override ValueTask<Errno> CreateSymlinkAsync(string name, string target, CancellationToken cancellationToken) => new(Errno.Perm);

    public override ValueTask<Errno> LinkAsync(VirtualNode target, string name, CancellationToken cancellationToken) => new(Errno.Perm);

    public override ValueTask<Errno> RemoveFileAsync(string name, CancellationToken cancellationToken) => new(Errno.Perm);

    public override ValueTask<Errno> RemoveDirectoryAsync(string name, CancellationToken cancellationToken) => new(Errno.Perm);

    public override ValueTask<Errno> RenameAsync(string name, VirtualDirectory destination, string newName, CancellationToken cancellationToken) =>
        new(Errno.Perm);
}
