using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Preview1;

/// <summary><c>fd_seek</c> and <c>fd_tell</c>.</summary>
internal static class SeekFunctions
{
    private enum Origin
    {
        Start,
        Current,
        End,
    }

    /// <summary>Preview1's <c>whence</c>: 0 set, 1 current, 2 end.</summary>
    public static ValueTask<Errno> SeekAsync(GuestContext guest, CallArguments arguments, Suspension suspension) =>
        SeekAsync(guest, arguments, (byte)arguments[2] switch { 0 => Origin.Start, 1 => Origin.Current, 2 => Origin.End, _ => null }, suspension);

    /// <summary>Snapshot 0's <c>whence</c>: 0 current, 1 end, 2 set.</summary>
    public static ValueTask<Errno> SeekSnapshot0Async(GuestContext guest, CallArguments arguments, Suspension suspension) =>
        SeekAsync(guest, arguments, (byte)arguments[2] switch { 0 => Origin.Current, 1 => Origin.End, 2 => Origin.Start, _ => null }, suspension);

    public static Errno Tell(GuestContext guest, in CallArguments arguments)
    {
        var error = Check(guest, arguments, Rights.FdTell, out var descriptor);
        return error == Errno.Success ? guest.Memory.WriteU64(arguments.U32(1), (ulong)descriptor.Offset) : error;
    }

    private static async ValueTask<Errno> SeekAsync(GuestContext guest, CallArguments arguments, Origin? origin, Suspension suspension)
    {
        var error = Check(guest, arguments, Rights.FdSeek, out var descriptor);
        if (error != Errno.Success) return error;
        if (!guest.Memory.Contains(arguments.U32(3), sizeof(ulong))) return Errno.Fault;
        long start;
        switch (origin)
        {
            case Origin.Start:
                start = 0;
                break;
            case Origin.Current:
                start = descriptor.Offset;
                break;
            case Origin.End:
                guest.CurrentPath = descriptor.Path;
                var status = await descriptor.GetStatusAsync(suspension).ConfigureAwait(false);
                if (status.Error != Errno.Success) return status.Error;
                start = (long)status.Value.Attributes.Size;
                break;
            default:
                return Errno.Inval;
        }

        var delta = (long)arguments.U64(1);
        if (delta > 0 && start > long.MaxValue - delta) return Errno.Overflow;
        if (start + delta < 0) return Errno.Inval;
        descriptor.Offset = start + delta;
        return guest.Memory.WriteU64(arguments.U32(3), (ulong)descriptor.Offset);
    }

    private static Errno Check(GuestContext guest, in CallArguments arguments, Rights right, out Descriptor descriptor)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out descriptor!) || descriptor.Handle is null) return Errno.BadF;
        if (!descriptor.Handle.CanSeek) return Errno.SPipe;
        return descriptor.Check(right);
    }
}
