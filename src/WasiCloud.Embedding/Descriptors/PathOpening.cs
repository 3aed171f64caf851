using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary><c>path_open</c>: POSIX <c>openat</c> over nodes.</summary>
internal static class PathOpening
{
    // A name that others create and remove all the time may be seen absent by the lookup and present by the creation; this often, it is retried.
    private const int MaxCreationRaces = 16;

    /// <summary>Opens, and creates if asked to.</summary>
    /// <param name="walk">A walk that is not in use.</param>
    /// <param name="directory">Where the path starts.</param>
    /// <param name="path">The path.</param>
    /// <param name="request">The flags.</param>
    /// <param name="suspension">Whether waiting is allowed.</param>
    /// <returns>A descriptor that is not in a table yet.</returns>
    public static async ValueTask<FsResult<Descriptor>> OpenAsync(
        PathWalk walk, Descriptor directory, string path, OpenRequest request, Suspension suspension)
    {
        var error = Check(directory, request);
        if (error != Errno.Success) return error;
        for (var attempt = 0; attempt < MaxCreationRaces; attempt++)
        {
            error = await walk.ResolveAsync(directory.Reference, path, request.Final, suspension).ConfigureAwait(false);
            if (error != Errno.Success) return error;
            if (walk.Node is not null) return await OpenExistingAsync(walk, directory, path, request, suspension).ConfigureAwait(false);
            if (!request.Creates) return Errno.NoEnt;
            var result = await CreateAsync(walk, directory, path, request, suspension).ConfigureAwait(false);
            if (result.Error != Errno.Exist || request.IsExclusive) return result;
        }

        return Errno.Busy;
    }

    private static Errno Check(Descriptor directory, OpenRequest request)
    {
        if (directory.Directory is null) return Errno.NotDir;
        if ((request.Open & OpenFlags.Directory) != 0 && (request.Open & (OpenFlags.Create | OpenFlags.Truncate)) != 0) return Errno.Inval;
        var needed = Rights.PathOpen | (request.Creates ? Rights.PathCreateFile : Rights.None);
        if (directory.Check(needed) != Errno.Success) return Errno.NotCapable;

        // What fd_fdstat_set_rights took from a directory is not to be had below it, in the two rights that decide the access.
        var denied = request.Rights & (Rights.FdRead | Rights.FdWrite) & ~directory.RightsInheriting;
        return denied == Rights.None ? Errno.Success : Errno.NotCapable;
    }

    private static async ValueTask<FsResult<Descriptor>> OpenExistingAsync(
        PathWalk walk, Descriptor directory, string path, OpenRequest request, Suspension suspension)
    {
        var found = walk.Node!.Value;
        if (request.IsExclusive) return Errno.Exist;
        switch (found.Node)
        {
            case VirtualDirectory:
                return request.Creates || request.Truncates || request.Writes ? Errno.IsDir : OpenDirectory(walk, directory, path, request);
            case VirtualSymlink:
                return Errno.Loop;
            case VirtualFile file:
                if ((request.Open & OpenFlags.Directory) != 0) return Errno.NotDir;
                if (found.Mount.IsReadOnly && Changes(file, request)) return Errno.RoFs;
                var needed = file.ChangesWhenOpened ? GuestAccess.Write : request.Access;
                if (!found.Authority.Allows(needed)) return walk.Deny(needed & ~found.Authority.Access, suspension);
                found.Authority.Note(needed);
                var options = request.ToFileOpenOptions() with { Authority = walk.ParentAuthority };
                if (!suspension.IsAllowed && !file.OpensSynchronously(options)) return Suspension.Required;
                var handle = await file.OpenAsync(options, suspension.CancellationToken).ConfigureAwait(false);
                return handle.TryGet(out var opened) ? await DescribeAsync(walk, opened, directory, path, request).ConfigureAwait(false) : handle.Error;
            default:
                return Errno.NotSup;
        }
    }

    private static bool Changes(VirtualFile file, OpenRequest request) =>
        file.ChangesWhenOpened || ((request.Writes || request.Truncates) && file.KeepsWhatIsWritten);

    private static async ValueTask<FsResult<Descriptor>> CreateAsync(
        PathWalk walk, Descriptor directory, string path, OpenRequest request, Suspension suspension)
    {
        if (walk.HasTrailingSlash) return Errno.IsDir;
        var parent = walk.Parent;
        var error = NameCheck.Of(walk, GuestAccess.Create | request.Access, suspension);
        if (error != Errno.Success) return error;
        if (!suspension.Permits(parent.Node)) return Suspension.Required;
        var name = walk.Name!;
        var created = await walk.ParentDirectory.CreateFileAsync(name, request.IsExclusive, suspension.CancellationToken).ConfigureAwait(false);
        if (!created.TryGet(out var file)) return created.Error;

        // The walk owns it until it is open, so that it is released whatever OpenAsync does.
        walk.Node = new NodeReference(file, parent.Mount, InodeNumber.Derive(parent.Inode, name), isOwned: true, authority: walk.NameAuthority);
        if (!suspension.Permits(file))
            throw new InvalidOperationException($"{parent.Node.GetType()} is synchronous, but {file.GetType()}, which it created, is not.");
        var handle = await file.OpenAsync(request.ToFileOpenOptions(), suspension.CancellationToken).ConfigureAwait(false);
        return handle.TryGet(out var opened) ? await DescribeAsync(walk, opened, directory, path, request).ConfigureAwait(false) : handle.Error;
    }

    private static async ValueTask<Descriptor> DescribeAsync(PathWalk walk, FileHandle handle, Descriptor directory, string path, OpenRequest request)
    {
        try
        {
            _ = handle.CanSeek;
        }
        catch
        {
            // It cannot say what it is, and is open all the same.
            await handle.CloseAsync(CloseReason.Abandoned, CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        return Narrow(new Descriptor(walk.TakeNode(), handle, directory.Path, path), directory, request);
    }

    private static Descriptor OpenDirectory(PathWalk walk, Descriptor directory, string path, OpenRequest request)
    {
        var reference = walk.TakeNode();

        // "." or "sub/..": nobody looked the node up again, so the two descriptors share what the first was given.
        var isSame = !reference.IsOwned && ReferenceEquals(reference.Node, directory.Node);
        return Narrow(isSame ? directory.Share(path) : new Descriptor(reference, handle: null, directory.Path, path), directory, request);
    }

    // As wasmtime, a descriptor has the rights that its kind and its access give, whatever subset the guest asked for.
    private static Descriptor Narrow(Descriptor descriptor, Descriptor directory, OpenRequest request)
    {
        descriptor.Flags = request.Flags;
        descriptor.RightsBase &= directory.RightsInheriting;
        descriptor.RightsInheriting = directory.RightsInheriting;
        if (descriptor.Handle is null) return descriptor;
        if (!request.Reads) descriptor.RightsBase &= ~Rights.FdRead;
        if (!request.Writes) descriptor.RightsBase &= ~(Rights.FdWrite | Rights.FdAllocate | Rights.FdFilestatSetSize);
        descriptor.RightsInheriting = descriptor.RightsBase;
        return descriptor;
    }
}
