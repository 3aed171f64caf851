using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Preview1;

/// <summary><c>fd_close</c>, <c>fd_renumber</c>, <c>fd_fdstat_*</c>, <c>fd_sync</c>, <c>fd_datasync</c>, <c>fd_advise</c>, <c>fd_allocate</c>.</summary>
internal static class DescriptorFunctions
{
    private const uint HighestAdvice = 5;

    public static ValueTask<Errno> CloseAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var descriptor)) return new(Errno.BadF);
        if (!suspension.IsAllowed && !descriptor.ClosesSynchronously) return new(Suspension.Required);
        guest.Concerns(descriptor);
        guest.Descriptors.Remove(arguments.U32(0));
        return descriptor.CloseAsync(CloseReason.Closed, suspension.CancellationToken);
    }

    public static async ValueTask<Errno> RenumberAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        var (from, to) = (arguments.U32(0), arguments.U32(1));
        if (!guest.Descriptors.TryGet(from, out _) || !guest.Descriptors.TryGet(to, out var replaced)) return Errno.BadF;
        if (from == to) return Errno.Success;
        if (!suspension.IsAllowed && !replaced.ClosesSynchronously) return Suspension.Required;
        guest.Concerns(replaced);
        guest.Descriptors.Replace(from, to);

        // As dup2: the new meaning of the number stands, whatever closing the old one says; a lost commit is still told.
        return await replaced.CloseAsync(CloseReason.Closed, suspension.CancellationToken).ConfigureAwait(false);
    }

    public static HostCallOutcome StatusGet(Preview1Context guest, in CallArguments arguments)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var descriptor)) return Errno.BadF;
        if (!guest.Memory.TryGetWritable(arguments.U32(1), AbiStructures.DescriptorStatusSize, out var destination)) return Errno.Fault;
        AbiStructures.WriteDescriptorStatus(destination, descriptor);
        return Errno.Success;
    }

    public static HostCallOutcome FlagsSet(Preview1Context guest, in CallArguments arguments)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var descriptor)) return Errno.BadF;
        var flags = (DescriptorFlags)arguments.U16(1);
        if ((flags & ~DescriptorFlags.All) != 0) return Errno.Inval;
        if (descriptor.Check(Rights.FdFdstatSetFlags) != Errno.Success) return Errno.NotCapable;
        descriptor.Flags = flags;
        return Errno.Success;
    }

    public static HostCallOutcome RightsSet(Preview1Context guest, in CallArguments arguments)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var descriptor)) return Errno.BadF;
        var (rights, inheriting) = ((Rights)arguments.U64(1), (Rights)arguments.U64(2));
        if ((rights & ~descriptor.RightsBase) != 0 || (inheriting & ~descriptor.RightsInheriting) != 0) return Errno.NotCapable;
        (descriptor.RightsBase, descriptor.RightsInheriting) = (rights, inheriting);
        return Errno.Success;
    }

    public static ValueTask<Errno> SyncAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        var error = PrepareFlush(guest, arguments, Rights.FdSync, suspension, out var descriptor);
        if (error != Errno.Success) return new(error);
        return descriptor.Handle?.FlushAsync(suspension.CancellationToken) ?? descriptor.Directory!.FlushAsync(suspension.CancellationToken);
    }

    public static ValueTask<Errno> DataSyncAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        var error = PrepareFlush(guest, arguments, Rights.FdDatasync, suspension, out var descriptor);
        if (error != Errno.Success) return new(error);
        return descriptor.Handle?.FlushDataAsync(suspension.CancellationToken) ?? descriptor.Directory!.FlushAsync(suspension.CancellationToken);
    }

    /// <summary>Advice is checked and not used: no mount would read differently for it.</summary>
    public static HostCallOutcome Advise(Preview1Context guest, in CallArguments arguments)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var descriptor)) return Errno.BadF;
        if (descriptor.Handle is null) return Errno.BadF;
        if (!descriptor.Handle.CanSeek) return Errno.SPipe;
        var invalid = (arguments[3] & byte.MaxValue) > HighestAdvice || arguments.U64(1) > long.MaxValue || arguments.U64(2) > long.MaxValue;
        return invalid ? Errno.Inval : descriptor.Check(Rights.FdAdvise);
    }

    public static ValueTask<Errno> AllocateAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var descriptor)) return new(Errno.BadF);
        if (descriptor.Handle is null) return new(Errno.BadF);
        if (descriptor.Check(Rights.FdAllocate) != Errno.Success) return new(Errno.BadF);
        if (!descriptor.Handle.CanSeek) return new(Errno.SPipe);
        var (offset, length) = (arguments.U64(1), arguments.U64(2));
        if (length == 0 || offset > long.MaxValue) return new(Errno.Inval);
        if (length > long.MaxValue - offset) return new(Errno.FBig);
        guest.Concerns(descriptor);

        // What takes long is left to the half that looks whether the guest is to end.
        return suspension.IsAllowed || (descriptor.Handle.IsSynchronous && length <= TransferSize.MaxBytes)
            ? descriptor.Handle.AllocateAsync((long)offset, (long)length, suspension.CancellationToken)
            : new(Suspension.Required);
    }

    private static Errno PrepareFlush(Preview1Context guest, in CallArguments arguments, Rights right, Suspension suspension, out Descriptor descriptor)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out descriptor!)) return Errno.BadF;
        if (descriptor.Check(right) != Errno.Success) return Errno.NotCapable;
        guest.Concerns(descriptor);
        var permitted = descriptor.Handle is { } handle ? suspension.IsAllowed || handle.FlushesSynchronously : suspension.IsAllowed
            || descriptor.Directory!.FlushesSynchronously;
        return permitted ? Errno.Success : Suspension.Required;
    }
}
