using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

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

    public static HostCallOutcome Seek(Preview1Context guest, in CallArguments arguments) => Seek(guest, arguments, OfPreview1(arguments));

    public static HostCallOutcome SeekSnapshot0(Preview1Context guest, in CallArguments arguments) => Seek(guest, arguments, OfSnapshot0(arguments));

    public static ValueTask<Errno> SeekAsync(Preview1Context guest, CallArguments arguments, Suspension suspension) =>
        SeekAsync(guest, arguments, OfPreview1(arguments), suspension);

    public static ValueTask<Errno> SeekSnapshot0Async(Preview1Context guest, CallArguments arguments, Suspension suspension) =>
        SeekAsync(guest, arguments, OfSnapshot0(arguments), suspension);

    public static HostCallOutcome Tell(Preview1Context guest, in CallArguments arguments)
    {
        var error = Check(guest, arguments, Rights.FdTell, out var descriptor);
        return error == Errno.Success ? guest.Memory.WriteU64(arguments.U32(1), (ulong)descriptor.Offset) : error;
    }

    // Preview1's whence: 0 set, 1 current, 2 end.
    private static Origin? OfPreview1(in CallArguments arguments) =>
        (byte)arguments[2] switch { 0 => Origin.Start, 1 => Origin.Current, 2 => Origin.End, _ => null };

    // Snapshot 0's whence: 0 current, 1 end, 2 set.
    private static Origin? OfSnapshot0(in CallArguments arguments) =>
        (byte)arguments[2] switch { 0 => Origin.Current, 1 => Origin.End, 2 => Origin.Start, _ => null };

    // Only the end of the file is something that a handle may have to be asked for.
    private static HostCallOutcome Seek(Preview1Context guest, in CallArguments arguments, Origin? origin)
    {
        if (origin == Origin.End) return Preview1Function.ToOutcome(CompletedTask.Take(SeekAsync(guest, arguments, origin, Suspension.Forbidden)));
        var error = CheckSeek(guest, arguments, origin, out var descriptor);
        return error == Errno.Success ? Move(guest, arguments, descriptor, origin == Origin.Start ? 0 : descriptor.Offset) : error;
    }

    private static async ValueTask<Errno> SeekAsync(Preview1Context guest, CallArguments arguments, Origin? origin, Suspension suspension)
    {
        var error = CheckSeek(guest, arguments, origin, out var descriptor);
        if (error != Errno.Success) return error;
        guest.Concerns(descriptor);
        var status = await descriptor.GetStatusAsync(suspension).ConfigureAwait(false);
        if (status.Error != Errno.Success) return status.Error;
        return status.Value.Attributes.Size > long.MaxValue ? Errno.Overflow : Move(guest, arguments, descriptor, (long)status.Value.Attributes.Size);
    }

    private static Errno Move(Preview1Context guest, in CallArguments arguments, Descriptor descriptor, long start)
    {
        var delta = (long)arguments.U64(1);
        if (delta > 0 && start > long.MaxValue - delta) return Errno.Overflow;
        if (start + delta < 0) return Errno.Inval;
        descriptor.Offset = start + delta;
        return guest.Memory.WriteU64(arguments.U32(3), (ulong)descriptor.Offset);
    }

    private static Errno CheckSeek(Preview1Context guest, in CallArguments arguments, Origin? origin, out Descriptor descriptor)
    {
        var error = Check(guest, arguments, Rights.FdSeek, out descriptor);
        if (error != Errno.Success) return error;
        if (!guest.Memory.Contains(arguments.U32(3), sizeof(ulong))) return Errno.Fault;
        return origin is null ? Errno.Inval : Errno.Success;
    }

    private static Errno Check(Preview1Context guest, in CallArguments arguments, Rights right, out Descriptor descriptor)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out descriptor!) || descriptor.Handle is null) return Errno.BadF;
        if (!descriptor.Handle.CanSeek) return Errno.SPipe;
        return descriptor.Check(right);
    }
}
