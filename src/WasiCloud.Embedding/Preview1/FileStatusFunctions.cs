using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Preview1;

/// <summary><c>fd_filestat_*</c> and <c>path_filestat_*</c>.</summary>
internal static class FileStatusFunctions
{
    private const uint FollowSymlinks = 1;

    public static ValueTask<Errno> DescriptorGetAsync(Preview1Context guest, CallArguments arguments, Suspension suspension) =>
        DescriptorGetAsync(guest, arguments, FileStatusLayout.Preview1, suspension);

    public static ValueTask<Errno> DescriptorGetSnapshot0Async(Preview1Context guest, CallArguments arguments, Suspension suspension) =>
        DescriptorGetAsync(guest, arguments, FileStatusLayout.Snapshot0, suspension);

    public static ValueTask<Errno> PathGetAsync(Preview1Context guest, CallArguments arguments, Suspension suspension) =>
        PathGetAsync(guest, arguments, FileStatusLayout.Preview1, suspension);

    public static ValueTask<Errno> PathGetSnapshot0Async(Preview1Context guest, CallArguments arguments, Suspension suspension) =>
        PathGetAsync(guest, arguments, FileStatusLayout.Snapshot0, suspension);

    public static async ValueTask<Errno> DescriptorSetSizeAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var descriptor)) return Errno.BadF;

        // POSIX ftruncate: EBADF or EINVAL if it is not open for writing. As with write, a directory is EBADF; Linux and wasmtime say EINVAL of a file.
        if (descriptor.Handle is null) return Errno.BadF;
        if (descriptor.Check(Rights.FdFilestatSetSize) != Errno.Success) return Errno.Inval;
        if (arguments.U64(1) > long.MaxValue) return Errno.Inval;
        guest.Concerns(descriptor);
        var size = (long)arguments.U64(1);
        if (!suspension.IsAllowed && !descriptor.Handle.SetsSizeSynchronously(size)) return Suspension.Required;
        return await descriptor.Handle.SetSizeAsync(size, suspension.CancellationToken).ConfigureAwait(false);
    }

    public static async ValueTask<Errno> DescriptorSetTimesAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var descriptor)) return Errno.BadF;
        if (descriptor.Check(Rights.FdFilestatSetTimes) != Errno.Success) return Errno.NotCapable;
        var changes = TimeChanges.Decode(arguments.U64(1), arguments.U64(2), arguments.U16(3), guest.Clock);
        if (changes.Error != Errno.Success) return changes.Error;
        if (descriptor.Reference.Mount.IsReadOnly) return Errno.RoFs;
        guest.Concerns(descriptor);
        if (!descriptor.Reference.Authority.Allows(GuestAccess.Write)) return guest.Deny(GuestAccess.Write, suspension);
        if (!suspension.Permits(descriptor.Node)) return Suspension.Required;
        return await descriptor.Node.SetAttributesAsync(changes.Value, suspension.CancellationToken).ConfigureAwait(false);
    }

    public static async ValueTask<Errno> PathSetTimesAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var directory)) return Errno.BadF;
        var path = guest.ReadPath(directory, arguments.U32(2), arguments.U32(3));
        if (path.Error != Errno.Success) return path.Error;
        var changes = TimeChanges.Decode(arguments.U64(4), arguments.U64(5), arguments.U16(6), guest.Clock);
        if (changes.Error != Errno.Success) return changes.Error;
        var error = await PathOperations.SetTimesAsync(guest.Walk, directory, path.Value!, Follows(arguments), changes.Value, suspension).ConfigureAwait(false);
        guest.Walk.Reset();
        return error;
    }

    private static async ValueTask<Errno> DescriptorGetAsync(Preview1Context guest, CallArguments arguments, FileStatusLayout layout, Suspension suspension)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var descriptor)) return Errno.BadF;
        if (!guest.Memory.Contains(arguments.U32(1), layout.Size)) return Errno.Fault;
        if (descriptor.Check(Rights.FdFilestatGet) != Errno.Success) return Errno.NotCapable;
        guest.Concerns(descriptor);
        var status = await descriptor.GetStatusAsync(suspension).ConfigureAwait(false);
        return status.Error == Errno.Success ? layout.Write(guest.Memory, arguments.U32(1), status.Value) : status.Error;
    }

    private static async ValueTask<Errno> PathGetAsync(Preview1Context guest, CallArguments arguments, FileStatusLayout layout, Suspension suspension)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var directory)) return Errno.BadF;
        if (!guest.Memory.Contains(arguments.U32(4), layout.Size)) return Errno.Fault;
        var path = guest.ReadPath(directory, arguments.U32(2), arguments.U32(3));
        if (path.Error != Errno.Success) return path.Error;
        var status = await PathOperations.GetStatusAsync(guest.Walk, directory, path.Value!, Follows(arguments), suspension).ConfigureAwait(false);
        guest.Walk.Reset();
        return status.Error == Errno.Success ? layout.Write(guest.Memory, arguments.U32(4), status.Value) : status.Error;
    }

    private static bool Follows(in CallArguments arguments) => (arguments.U32(1) & FollowSymlinks) != 0;
}
