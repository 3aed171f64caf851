using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>Operations on names, other than opening: each walks, checks, and asks the one directory concerned.</summary>
internal static class PathOperations
{
    public static async ValueTask<FsResult<FileStatus>> GetStatusAsync(PathWalk walk, Descriptor directory, string path, bool follow, Suspension suspension)
    {
        if (directory.Directory is null) return Errno.NotDir;
        var error = directory.Check(Rights.PathFilestatGet);
        if (error != Errno.Success) return error;
        error = await walk.ResolveStatusAsync(directory.Reference, path, follow ? FinalComponent.Follow : FinalComponent.Node, suspension)
            .ConfigureAwait(false);
        if (error != Errno.Success) return error;
        if (walk.Status is { } status)
        {
            walk.NameAuthority.Note(GuestAccess.Read);
            return status;
        }

        walk.Node?.Authority.Note(GuestAccess.Read);
        return walk.Node is { } node ? await FileStatus.GetAsync(node, suspension).ConfigureAwait(false) : Errno.NoEnt;
    }

    public static async ValueTask<Errno> SetTimesAsync(
        PathWalk walk, Descriptor directory, string path, bool follow, AttributeChanges changes, Suspension suspension)
    {
        var error = await ResolveNodeAsync(walk, directory, path, Rights.PathFilestatSetTimes, follow, suspension).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        var found = walk.Node!.Value;
        if (found.Mount.IsReadOnly) return Errno.RoFs;
        if (!found.Authority.Allows(GuestAccess.Write)) return walk.Deny(GuestAccess.Write, suspension);
        found.Authority.Note(GuestAccess.Write);
        return suspension.Permits(found.Node)
            ? await found.Node.SetAttributesAsync(changes, suspension.CancellationToken).ConfigureAwait(false)
            : Suspension.Required;
    }

    public static async ValueTask<FsResult<string>> ReadLinkAsync(PathWalk walk, Descriptor directory, string path, Suspension suspension)
    {
        var error = await ResolveNodeAsync(walk, directory, path, Rights.PathReadlink, follow: false, suspension).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        var found = walk.Node!.Value;
        if (found.Node is not VirtualSymlink link) return Errno.Inval;
        if (!found.Authority.Allows(GuestAccess.Read)) return walk.Deny(GuestAccess.Read, suspension);
        found.Authority.Note(GuestAccess.Read);
        return suspension.Permits(link) ? await GuestPath.ReadTargetAsync(link, suspension.CancellationToken).ConfigureAwait(false) : Suspension.Required;
    }

    public static async ValueTask<Errno> CreateDirectoryAsync(PathWalk walk, Descriptor directory, string path, Suspension suspension)
    {
        var error = await ResolveNameAsync(walk, directory, path, Rights.PathCreateDirectory, suspension).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        if (walk.Name is null || walk.IsMountPoint) return Errno.Exist;
        error = CheckName(walk, suspension);
        if (error == Errno.Success) error = await walk.ParentDirectory.CreateDirectoryAsync(walk.Name, suspension.CancellationToken).ConfigureAwait(false);
        return error is Errno.RoFs or Errno.Access ? await PreferExistAsync(walk, error, suspension).ConfigureAwait(false) : error;
    }

    public static async ValueTask<Errno> CreateSymlinkAsync(PathWalk walk, Descriptor directory, string target, string path, Suspension suspension)
    {
        if (target.Length == 0) return Errno.NoEnt;

        // An absolute target means the host's tree to nobody and the guest's tree to some; wasmtime refuses it, and so do we.
        if (target.StartsWith('/')) return Errno.NotCapable;
        var error = await ResolveNameAsync(walk, directory, path, Rights.PathSymlink, suspension).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        error = await CheckNewNameAsync(walk, suspension).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        return await walk.ParentDirectory.CreateSymlinkAsync(walk.Name!, target, suspension.CancellationToken).ConfigureAwait(false);
    }

    public static async ValueTask<Errno> RemoveFileAsync(PathWalk walk, Descriptor directory, string path, Suspension suspension)
    {
        var error = await ResolveNameAsync(walk, directory, path, Rights.PathUnlinkFile, suspension).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        if (walk.Name is null) return Errno.IsDir;
        if (walk.IsMountPoint) return Errno.Busy;
        if (walk.HasTrailingSlash) return await RefuseTrailingSlashAsync(walk, directory, path, suspension).ConfigureAwait(false);
        error = CheckRemoval(walk, suspension);
        return error == Errno.Success
            ? await walk.ParentDirectory.RemoveFileAsync(walk.Name, suspension.CancellationToken).ConfigureAwait(false)
            : error;
    }

    public static async ValueTask<Errno> RemoveDirectoryAsync(PathWalk walk, Descriptor directory, string path, Suspension suspension)
    {
        var error = await ResolveNameAsync(walk, directory, path, Rights.PathRemoveDirectory, suspension).ConfigureAwait(false);
        if (error != Errno.Success) return error;

        // POSIX rmdir: a last component "." is EINVAL; ".." cannot be empty.
        if (walk.Name is null) return path.EndsWith("..", StringComparison.Ordinal) ? Errno.NotEmpty : Errno.Inval;
        if (walk.IsMountPoint) return Errno.Busy;
        error = CheckName(walk, suspension);
        return error == Errno.Success
            ? await walk.ParentDirectory.RemoveDirectoryAsync(walk.Name, suspension.CancellationToken).ConfigureAwait(false)
            : error;
    }

    public static async ValueTask<Errno> LinkAsync(
        PathWalk oldWalk, Descriptor oldDirectory, string oldPath, PathWalk newWalk, Descriptor newDirectory, string newPath, Suspension suspension)
    {
        var error = await ResolveNodeAsync(oldWalk, oldDirectory, oldPath, Rights.PathLinkSource, follow: false, suspension).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        error = await ResolveNameAsync(newWalk, newDirectory, newPath, Rights.PathLinkTarget, suspension).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        error = await CheckNewNameAsync(newWalk, suspension).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        var source = oldWalk.Node!.Value;
        if (source.Node is VirtualDirectory) return Errno.Perm;
        if (source.Mount != newWalk.Parent.Mount) return Errno.XDev;
        error = NameCheck.OfAnother(source.Authority, newWalk, suspension);
        if (error != Errno.Success) return error;
        return await newWalk.ParentDirectory.LinkAsync(source.Node, newWalk.Name!, suspension.CancellationToken).ConfigureAwait(false);
    }

    public static async ValueTask<Errno> RenameAsync(
        PathWalk oldWalk, Descriptor oldDirectory, string oldPath, PathWalk newWalk, Descriptor newDirectory, string newPath, Suspension suspension)
    {
        var error = await ResolveNameAsync(oldWalk, oldDirectory, oldPath, Rights.PathRenameSource, suspension).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        error = await ResolveNameAsync(newWalk, newDirectory, newPath, Rights.PathRenameTarget, suspension).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        if (oldWalk.Name is null || newWalk.Name is null || oldWalk.IsMountPoint || newWalk.IsMountPoint) return Errno.Busy;
        if (oldWalk.Parent.Mount != newWalk.Parent.Mount) return Errno.XDev;
        error = CheckName(oldWalk, suspension);
        if (error == Errno.Success) error = CheckRemoval(newWalk, suspension);
        if (error == Errno.Success) error = NameCheck.OfAnother(oldWalk.NameAuthority, newWalk, suspension);
        if (error != Errno.Success) return error;
        if (!NameCheck.IsWhole(oldWalk) || !NameCheck.IsWhole(newWalk)) return newWalk.Deny(GuestAccess.None, suspension);
        if (oldWalk.HasTrailingSlash || newWalk.HasTrailingSlash)
        {
            // With a trailing slash on either side, only a directory may be renamed (POSIX XBD 4.16).
            error = await RequireDirectoryAsync(oldWalk, suspension).ConfigureAwait(false);
            if (error != Errno.Success) return error;
        }

        var destination = newWalk.ParentDirectory;
        if (destination is NamespaceDirectory overlay)
            destination = (await overlay.GetUnderlyingAsync(suspension.CancellationToken).ConfigureAwait(false))!;
        return await oldWalk.ParentDirectory.RenameAsync(oldWalk.Name, destination, newWalk.Name, suspension.CancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<Errno> ResolveNodeAsync(
        PathWalk walk, Descriptor directory, string path, Rights right, bool follow, Suspension suspension)
    {
        if (directory.Directory is null) return Errno.NotDir;
        var error = directory.Check(right);
        if (error != Errno.Success) return error;
        error = await walk.ResolveAsync(directory.Reference, path, follow ? FinalComponent.Follow : FinalComponent.Node, suspension).ConfigureAwait(false);
        return error == Errno.Success && walk.Node is null ? Errno.NoEnt : error;
    }

    private static ValueTask<Errno> ResolveNameAsync(PathWalk walk, Descriptor directory, string path, Rights right, Suspension suspension)
    {
        if (directory.Directory is null) return new(Errno.NotDir);
        var error = directory.Check(right);
        return error == Errno.Success ? walk.ResolveAsync(directory.Reference, path, FinalComponent.Name, suspension) : new(error);
    }

    private static Errno CheckName(PathWalk walk, Suspension suspension)
    {
        if (!suspension.Permits(walk.Parent.Node)) return walk.Parent.Mount.IsReadOnly && walk.NameAuthority.Exists ? Errno.RoFs : Suspension.Required;
        return NameCheck.Of(walk, GuestAccess.Create, suspension);
    }

    // Something that has the name may go.
    private static Errno CheckRemoval(PathWalk walk, Suspension suspension)
    {
        var error = CheckName(walk, suspension);
        if (error != Errno.Success || suspension.IsAllowed) return error;
        return walk.ParentDirectory.RemovesSynchronously(walk.Name!) ? Errno.Success : Suspension.Required;
    }

    // mkdir of something that exists is EEXIST even where nothing could be created: "mkdir -p /beta/kv" must work.
    private static async ValueTask<Errno> PreferExistAsync(PathWalk walk, Errno refusal, Suspension suspension)
    {
        var exists = await LookupAsync(walk, suspension).ConfigureAwait(false);
        return exists.Error switch
        {
            Errno.Success => Errno.Exist,
            Suspension.Required => Suspension.Required,
            _ => refusal,
        };
    }

    private static async ValueTask<Errno> CheckNewNameAsync(PathWalk walk, Suspension suspension)
    {
        if (walk.Name is null || walk.IsMountPoint) return Errno.Exist;
        if (walk.HasTrailingSlash)
        {
            var existing = await LookupAsync(walk, suspension).ConfigureAwait(false);
            if (existing.Error != Errno.Success) return existing.Error;
            return existing.Value == FileType.Directory ? Errno.Exist : Errno.NotDir;
        }

        return CheckName(walk, suspension);
    }

    private static async ValueTask<Errno> RequireDirectoryAsync(PathWalk walk, Suspension suspension)
    {
        var found = await LookupAsync(walk, suspension).ConfigureAwait(false);
        return found.Error != Errno.Success ? found.Error : found.Value == FileType.Directory ? Errno.Success : Errno.NotDir;
    }

    private static async ValueTask<Errno> RefuseTrailingSlashAsync(PathWalk walk, Descriptor directory, string path, Suspension suspension)
    {
        // unlink("name/"): the name must be a directory (else ENOTDIR), and a directory is not unlinked.
        var error = await walk.ResolveAsync(directory.Reference, path, FinalComponent.Node, suspension).ConfigureAwait(false);
        return error != Errno.Success ? error : walk.Node is null ? Errno.NoEnt : Errno.IsDir;
    }

    private static async ValueTask<FsResult<FileType>> LookupAsync(PathWalk walk, Suspension suspension)
    {
        var (error, found) = await walk.LookupNameAsync(suspension).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        var type = found.Node.Type;
        found.Release();
        return type;
    }
}
