using System.Runtime.CompilerServices;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Preview1;

/// <summary><c>fd_read</c>, <c>fd_write</c>, <c>fd_pread</c>, <c>fd_pwrite</c>: the hot path.</summary>
internal static class TransferFunctions
{
    // (fd, iovs, iovs_len, result) and (fd, iovs, iovs_len, offset, result).
    private const int Vectors = 1;
    private const int VectorCount = 2;
    private const int Offset = 3;
    private const int Result = 3;
    private const int ResultAfterOffset = 4;

    [SkipLocalsInit]
    public static HostCallOutcome Read(Preview1Context guest, in CallArguments arguments)
    {
        var error = Prepare(guest, arguments, Rights.FdRead, Result, out var descriptor);
        if (error != Errno.Success) return error;
        Span<IoVector> vectors = stackalloc IoVector[(int)arguments.U32(VectorCount)];
        error = IoVectorDecoder.Decode(guest.Memory, arguments.U32(Vectors), vectors, out var length);
        if (error != Errno.Success) return error;
        if (length == 0) return guest.Memory.WriteU32(arguments.U32(Result), 0);
        if (length > TransferSize.PieceBytes && !TryFit(descriptor, Rights.FdRead, ref vectors, ref length)) return HostCallOutcome.MustWait;
        if (!descriptor.TryRead(new IoVectors(vectors, length), out var result)) return Refuse(descriptor, FileReadiness.Read);
        guest.Memory.NoteWritten(vectors, result.Value);
        return result.Error == Errno.Success ? guest.Memory.WriteU32(arguments.U32(Result), (uint)result.Value) : result.Error;
    }

    [SkipLocalsInit]
    public static HostCallOutcome Write(Preview1Context guest, in CallArguments arguments)
    {
        var error = Prepare(guest, arguments, Rights.FdWrite, Result, out var descriptor);
        if (error != Errno.Success) return error;
        Span<IoVector> vectors = stackalloc IoVector[(int)arguments.U32(VectorCount)];
        error = IoVectorDecoder.Decode(guest.Memory, arguments.U32(Vectors), vectors, out var length);
        if (error != Errno.Success) return error;
        if (length == 0) return guest.Memory.WriteU32(arguments.U32(Result), 0);
        if (length > TransferSize.PieceBytes && !TryFit(descriptor, Rights.FdWrite, ref vectors, ref length)) return HostCallOutcome.MustWait;
        if (!descriptor.TryWrite(new IoVectors(vectors, length), out var result)) return Refuse(descriptor, FileReadiness.Write);
        return result.Error == Errno.Success ? guest.Memory.WriteU32(arguments.U32(Result), (uint)result.Value) : result.Error;
    }

    [SkipLocalsInit]
    public static HostCallOutcome ReadAt(Preview1Context guest, in CallArguments arguments)
    {
        var error = PrepareAt(guest, arguments, Rights.FdRead, out var descriptor);
        if (error != Errno.Success) return error;
        Span<IoVector> vectors = stackalloc IoVector[(int)arguments.U32(VectorCount)];
        error = IoVectorDecoder.Decode(guest.Memory, arguments.U32(Vectors), vectors, out var length);
        if (error != Errno.Success) return error;
        if (length == 0) return guest.Memory.WriteU32(arguments.U32(ResultAfterOffset), 0);
        if (length > TransferSize.PieceBytes && !TryFit(descriptor, Rights.FdRead, ref vectors, ref length)) return HostCallOutcome.MustWait;
        if (!descriptor.TryReadAt(new IoVectors(vectors, length), (long)arguments.U64(Offset), out var result)) return Refuse(descriptor, FileReadiness.Read);
        guest.Memory.NoteWritten(vectors, result.Value);
        return result.Error == Errno.Success ? guest.Memory.WriteU32(arguments.U32(ResultAfterOffset), (uint)result.Value) : result.Error;
    }

    [SkipLocalsInit]
    public static HostCallOutcome WriteAt(Preview1Context guest, in CallArguments arguments)
    {
        var error = PrepareAt(guest, arguments, Rights.FdWrite, out var descriptor);
        if (error != Errno.Success) return error;
        Span<IoVector> vectors = stackalloc IoVector[(int)arguments.U32(VectorCount)];
        error = IoVectorDecoder.Decode(guest.Memory, arguments.U32(Vectors), vectors, out var length);
        if (error != Errno.Success) return error;
        if (length == 0) return guest.Memory.WriteU32(arguments.U32(ResultAfterOffset), 0);
        if (length > TransferSize.PieceBytes && !TryFit(descriptor, Rights.FdWrite, ref vectors, ref length)) return HostCallOutcome.MustWait;
        if (!descriptor.TryWriteAt(new IoVectors(vectors, length), (long)arguments.U64(Offset), out var result)) return Refuse(descriptor, FileReadiness.Write);
        return result.Error == Errno.Success ? guest.Memory.WriteU32(arguments.U32(ResultAfterOffset), (uint)result.Value) : result.Error;
    }

    public static async ValueTask<Errno> ReadAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        var error = Lend(guest, arguments, Rights.FdRead, out var descriptor, out var lent);
        if (error != Errno.Success) return error;
        var reading = lent is null
            ? guest.Copies.ReadAsync(descriptor, suspension.CancellationToken)
            : descriptor.ReadAsync(lent, suspension.CancellationToken);
        var result = await reading.ConfigureAwait(false);
        if (lent is not null) guest.Buffers.NoteWritten(guest.Memory, result.Value);
        return result.Error == Errno.Success ? guest.Memory.WriteU32(arguments.U32(Result), (uint)result.Value) : result.Error;
    }

    public static async ValueTask<Errno> WriteAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        var error = Lend(guest, arguments, Rights.FdWrite, out var descriptor, out var lent);
        if (error != Errno.Success) return error;
        var token = suspension.CancellationToken;
        var writing = lent is null ? guest.Copies.WriteAsync(descriptor, token) : descriptor.WriteAsync(guest.Buffers.AsSequence(), token);
        var result = await writing.ConfigureAwait(false);
        return result.Error == Errno.Success ? guest.Memory.WriteU32(arguments.U32(Result), (uint)result.Value) : result.Error;
    }

    public static async ValueTask<Errno> ReadAtAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        var error = Lend(guest, arguments, Rights.FdRead, out var descriptor, out var lent);
        if (error != Errno.Success) return error;
        var (offset, token) = ((long)arguments.U64(Offset), suspension.CancellationToken);
        var reading = lent is null ? guest.Copies.ReadAtAsync(descriptor, offset, token) : descriptor.ReadAtAsync(lent, offset, token);
        var result = await reading.ConfigureAwait(false);
        if (lent is not null) guest.Buffers.NoteWritten(guest.Memory, result.Value);
        return result.Error == Errno.Success ? guest.Memory.WriteU32(arguments.U32(ResultAfterOffset), (uint)result.Value) : result.Error;
    }

    public static async ValueTask<Errno> WriteAtAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        var error = Lend(guest, arguments, Rights.FdWrite, out var descriptor, out var lent);
        if (error != Errno.Success) return error;
        var (offset, token) = ((long)arguments.U64(Offset), suspension.CancellationToken);
        var writing = lent is null ? guest.Copies.WriteAtAsync(descriptor, offset, token) : descriptor.WriteAtAsync(guest.Buffers.AsSequence(), offset, token);
        var result = await writing.ConfigureAwait(false);
        return result.Error == Errno.Success ? guest.Memory.WriteU32(arguments.U32(ResultAfterOffset), (uint)result.Value) : result.Error;
    }

    // Everything that must hold before bytes move, the result pointer included: what was read must not be lost.
    private static Errno Prepare(Preview1Context guest, in CallArguments arguments, Rights right, int resultIndex, out Descriptor descriptor)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out descriptor!)) return Errno.BadF;
        var error = descriptor.CheckTransfer(right);
        if (error != Errno.Success) return error;
        if (arguments.U32(VectorCount) > IoVectorDecoder.MaxCount) return Errno.Inval;
        guest.Concerns(descriptor);
        return guest.Memory.Contains(arguments.U32(resultIndex), sizeof(uint)) ? Errno.Success : Errno.Fault;
    }

    private static Errno PrepareAt(Preview1Context guest, in CallArguments arguments, Rights right, out Descriptor descriptor)
    {
        var error = Prepare(guest, arguments, right, ResultAfterOffset, out descriptor);
        if (error != Errno.Success) return error;
        if (!descriptor.Handle!.CanSeek) return Errno.SPipe;
        return arguments.U64(Offset) > long.MaxValue ? Errno.Inval : Errno.Success;
    }

    // Cuts what is too long for one call. A message is not cut: if it is longer, the pending half moves it.
    private static bool TryFit(Descriptor descriptor, Rights right, ref Span<IoVector> vectors, ref int length)
    {
        if (length > TransferSize.MaxBytes && descriptor.Handle!.MovesMessages) return false;
        IoVectors.Cut(ref vectors, ref length, MostBytes(descriptor, right));
        return true;
    }

    private static int MostBytes(Descriptor descriptor, Rights right)
    {
        if (descriptor.Handle!.MovesMessages) return int.MaxValue;
        return right == Rights.FdWrite && descriptor.Appends() ? TransferSize.PieceBytes : TransferSize.MaxBytes;
    }

    // Lends the guest's memory itself (then there is "lent"), or has the copies begun.
    private static Errno Lend(Preview1Context guest, in CallArguments arguments, Rights right, out Descriptor descriptor, out IReadOnlyList<Memory<byte>>? lent)
    {
        // The synchronous half checked the arguments, and nothing changed since: the guest has been in this call all the while.
        guest.Descriptors.TryGet(arguments.U32(0), out descriptor!);
        lent = null;
        var most = MostBytes(descriptor, right);
        return descriptor.Handle!.MayBorrowGuestMemory
            ? guest.Buffers.Lend(guest.Memory, arguments.U32(Vectors), arguments.U32(VectorCount), most, out lent)
            : guest.Copies.Begin(guest.Memory, arguments.U32(Vectors), arguments.U32(VectorCount), most);
    }

    /// <summary>
    /// What the synchronous half returns if it cannot complete: a non-blocking descriptor that is known to be not ready needs no pending half.
    /// </summary>
    public static HostCallOutcome Refuse(Descriptor descriptor, FileReadiness interest) =>
        descriptor.IsNonBlocking && descriptor.Handle!.TryPoll(interest, out var readiness) && readiness is { Error: Errno.Success, Value: FileReadiness.None }
            ? Errno.Again
            : HostCallOutcome.MustWait;
}
