using System.Text;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Preview1;

/// <summary><c>path_*</c>, other than <c>path_filestat_*</c>.</summary>
internal static class PathFunctions
{
    private const uint FollowSymlinks = 1;

    public static async ValueTask<Errno> OpenAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var directory)) return Errno.BadF;
        if (!guest.Memory.Contains(arguments.U32(8), sizeof(uint))) return Errno.Fault;
        var path = guest.ReadPath(directory, arguments.U32(2), arguments.U32(3));
        if (path.Error != Errno.Success) return path.Error;
        var request = new OpenRequest(
            FollowSymlinks: (arguments.U32(1) & FollowSymlinks) != 0,
            Open: (OpenFlags)arguments.U16(4),
            Rights: (Rights)arguments.U64(5),
            Flags: (DescriptorFlags)arguments.U16(7));
        if ((request.Open & ~OpenFlags.All) != 0 || (request.Flags & ~DescriptorFlags.All) != 0) return Errno.Inval;
        if (!guest.Descriptors.HasRoom) return Errno.MFile;
        var opened = await PathOpening.OpenAsync(guest.Walk, directory, path.Value!, request, suspension).ConfigureAwait(false);
        guest.Walk.Reset();
        return opened.TryGet(out var descriptor) ? guest.Memory.WriteU32(arguments.U32(8), guest.Descriptors.Add(descriptor)) : opened.Error;
    }

    public static ValueTask<Errno> CreateDirectoryAsync(Preview1Context guest, CallArguments arguments, Suspension suspension) =>
        OnNameAsync(guest, arguments, PathOperations.CreateDirectoryAsync, suspension);

    public static ValueTask<Errno> RemoveDirectoryAsync(Preview1Context guest, CallArguments arguments, Suspension suspension) =>
        OnNameAsync(guest, arguments, PathOperations.RemoveDirectoryAsync, suspension);

    public static ValueTask<Errno> RemoveFileAsync(Preview1Context guest, CallArguments arguments, Suspension suspension) =>
        OnNameAsync(guest, arguments, PathOperations.RemoveFileAsync, suspension);

    public static async ValueTask<Errno> SymlinkAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        var target = guest.ReadPath(arguments.U32(0), arguments.U32(1));
        if (target.Error != Errno.Success) return target.Error;
        if (!guest.Descriptors.TryGet(arguments.U32(2), out var directory)) return Errno.BadF;
        var path = guest.ReadPath(directory, arguments.U32(3), arguments.U32(4));
        if (path.Error != Errno.Success) return path.Error;
        var error = await PathOperations.CreateSymlinkAsync(guest.Walk, directory, target.Value!, path.Value!, suspension).ConfigureAwait(false);
        guest.Walk.Reset();
        return error;
    }

    public static async ValueTask<Errno> ReadLinkAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var directory)) return Errno.BadF;
        var path = guest.ReadPath(directory, arguments.U32(1), arguments.U32(2));
        if (path.Error != Errno.Success) return path.Error;
        var (buffer, capacity) = (arguments.U32(3), arguments.U32(4));
        if (!guest.Memory.Contains(buffer, capacity) || !guest.Memory.Contains(arguments.U32(5), sizeof(uint))) return Errno.Fault;
        var target = await PathOperations.ReadLinkAsync(guest.Walk, directory, path.Value!, suspension).ConfigureAwait(false);
        guest.Walk.Reset();
        return target.TryGet(out var text) ? WriteLink(guest.Memory, text, buffer, capacity, arguments.U32(5)) : target.Error;
    }

    public static async ValueTask<Errno> LinkAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        // (old_fd, old_flags, old_path, old_path_len, new_fd, new_path, new_path_len). wasmtime refuses to follow the old path, too.
        if ((arguments.U32(1) & FollowSymlinks) != 0) return Errno.Inval;
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var oldDirectory)) return Errno.BadF;
        if (!guest.Descriptors.TryGet(arguments.U32(4), out var newDirectory)) return Errno.BadF;
        var oldPath = guest.ReadPath(oldDirectory, arguments.U32(2), arguments.U32(3));
        if (oldPath.Error != Errno.Success) return oldPath.Error;
        var newPath = guest.ReadPath(newDirectory, arguments.U32(5), arguments.U32(6));
        if (newPath.Error != Errno.Success) return newPath.Error;
        var error = await PathOperations.LinkAsync(
            guest.Walk, oldDirectory, oldPath.Value!, guest.SecondWalk, newDirectory, newPath.Value!, suspension).ConfigureAwait(false);
        guest.Walk.Reset();
        guest.SecondWalk.Reset();
        return error;
    }

    public static async ValueTask<Errno> RenameAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var oldDirectory)) return Errno.BadF;
        if (!guest.Descriptors.TryGet(arguments.U32(3), out var newDirectory)) return Errno.BadF;
        var oldPath = guest.ReadPath(oldDirectory, arguments.U32(1), arguments.U32(2));
        if (oldPath.Error != Errno.Success) return oldPath.Error;
        var newPath = guest.ReadPath(newDirectory, arguments.U32(4), arguments.U32(5));
        if (newPath.Error != Errno.Success) return newPath.Error;
        var error = await PathOperations.RenameAsync(
            guest.Walk, oldDirectory, oldPath.Value!, guest.SecondWalk, newDirectory, newPath.Value!, suspension).ConfigureAwait(false);
        guest.Walk.Reset();
        guest.SecondWalk.Reset();
        return error;
    }

    private static async ValueTask<Errno> OnNameAsync(
        Preview1Context guest, CallArguments arguments, Func<PathWalk, Descriptor, string, Suspension, ValueTask<Errno>> operation, Suspension suspension)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var directory)) return Errno.BadF;
        var path = guest.ReadPath(directory, arguments.U32(1), arguments.U32(2));
        if (path.Error != Errno.Success) return path.Error;
        var error = await operation(guest.Walk, directory, path.Value!, suspension).ConfigureAwait(false);
        guest.Walk.Reset();
        return error;
    }

    // As POSIX readlink: what does not fit is cut off without an error.
    private static Errno WriteLink(in GuestMemory memory, string text, uint buffer, uint capacity, uint result)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var count = (uint)Math.Min((ulong)bytes.Length, capacity);
        memory.TryGetWritable(buffer, count, out var destination);
        bytes.AsSpan(0, (int)count).CopyTo(destination);
        return memory.WriteU32(result, count);
    }
}
