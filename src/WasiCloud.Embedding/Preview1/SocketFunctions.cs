using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Preview1;

/// <summary>
/// <c>sock_accept</c>, <c>sock_recv</c>, <c>sock_send</c>, <c>sock_shutdown</c>, on sockets that the host provides: there is no way to the network from here.
/// </summary>
internal static class SocketFunctions
{
    // riflags and sdflags.
    private const ushort Peek = 1;
    private const ushort WaitAll = 2;
    private const uint Receiving = 1;
    private const uint Sending = 2;

    // sock_recv(fd, iovs, iovs_len, flags, length, result flags) and sock_send(fd, iovs, iovs_len, flags, length).
    private const int Vectors = 1;
    private const int VectorCount = 2;
    private const int Flags = 3;
    private const int Length = 4;
    private const int ResultFlags = 5;

    public static async ValueTask<Errno> AcceptAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var descriptor)) return Errno.BadF;
        var flags = (DescriptorFlags)arguments.U16(1);
        if (descriptor.Handle is not ListenerHandle listener) return descriptor.Handle is SocketHandle ? Errno.Inval : Errno.NotSock;
        if ((flags & ~DescriptorFlags.NonBlocking) != 0) return Errno.Inval;
        if (descriptor.Check(Rights.SockAccept) != Errno.Success) return Errno.NotCapable;
        if (!guest.Memory.Contains(arguments.U32(2), sizeof(uint))) return Errno.Fault;

        // Before a connection is taken that would be lost.
        if (!guest.Descriptors.HasRoom) return Errno.MFile;
        guest.Concerns(descriptor);
        if (!listener.TryAccept(descriptor.IsNonBlocking, out var accepted))
        {
            if (descriptor.IsNonBlocking) return Errno.Again;
            if (!suspension.IsAllowed) return Suspension.Required;
            accepted = await listener.AcceptAsync(suspension.CancellationToken).ConfigureAwait(false);
        }

        if (!accepted.TryGet(out var connection)) return accepted.Error;
        return guest.Memory.WriteU32(arguments.U32(2), guest.Descriptors.Add(SocketDescriptors.Connected(connection, flags)));
    }

    public static HostCallOutcome Receive(Preview1Context guest, in CallArguments arguments)
    {
        var error = PrepareReceive(guest, arguments, out var descriptor, out var socket);
        if (error != Errno.Success) return error;
        Span<IoVector> vectors = stackalloc IoVector[(int)arguments.U32(VectorCount)];
        error = IoVectorDecoder.Decode(guest.Memory, arguments.U32(Vectors), vectors, out var length);
        if (error != Errno.Success) return error;
        if (length == 0) return WriteReceived(guest, arguments, 0);
        var flags = arguments.U16(Flags);

        // All of it may not be there yet; what is there must then not be taken.
        if ((flags & WaitAll) != 0 && !descriptor.IsNonBlocking) return HostCallOutcome.MustWait;
        IoVectors.Cut(ref vectors, ref length, TransferSize.MaxBytes);
        if (!socket.TryReceive(new IoVectors(vectors, length), (flags & Peek) != 0, out var result))
            return TransferFunctions.Refuse(descriptor, FileReadiness.Read);
        guest.Memory.NoteWritten(vectors, result.Value);
        return result.Error == Errno.Success ? WriteReceived(guest, arguments, result.Value) : result.Error;
    }

    public static async ValueTask<Errno> ReceiveAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        // The synchronous half checked the arguments, and nothing changed since: the guest has been in this call all the while.
        guest.Descriptors.TryGet(arguments.U32(0), out var descriptor);
        var error = guest.Buffers.Lend(guest.Memory, arguments.U32(Vectors), arguments.U32(VectorCount), TransferSize.MaxBytes, out var buffers);
        if (error != Errno.Success) return error;
        if (await descriptor!.WouldBlockAsync(FileReadiness.Read, suspension.CancellationToken).ConfigureAwait(false)) return Errno.Again;
        var flags = arguments.U16(Flags);
        var (peek, all) = ((flags & Peek) != 0, (flags & WaitAll) != 0 && !descriptor!.IsNonBlocking);
        var received = 0;
        foreach (var buffer in buffers)
        {
            for (var filled = 0; filled < buffer.Length;)
            {
                var result = await ((SocketHandle)descriptor!.Handle!).ReceiveAsync(buffer[filled..], peek, suspension.CancellationToken).ConfigureAwait(false);
                if (result.Error != Errno.Success) return received > 0 ? FinishReceive(guest, arguments, received) : result.Error;
                received += result.Value;
                filled += result.Value;

                // Looking again would show the same bytes again.
                if (result.Value == 0 || !all || peek) return FinishReceive(guest, arguments, received);
            }
        }

        return FinishReceive(guest, arguments, received);
    }

    public static HostCallOutcome Send(Preview1Context guest, in CallArguments arguments)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var descriptor)) return Errno.BadF;
        if (descriptor.Handle is not SocketHandle) return descriptor.Handle is ListenerHandle ? Errno.NotConn : Errno.NotSock;
        if (arguments.U16(Flags) != 0) return Errno.NotSup;
        return TransferFunctions.Write(guest, WithoutFlags(arguments));
    }

    public static ValueTask<Errno> SendAsync(Preview1Context guest, CallArguments arguments, Suspension suspension) =>
        TransferFunctions.WriteAsync(guest, WithoutFlags(arguments), suspension);

    public static async ValueTask<Errno> ShutDownAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var descriptor)) return Errno.BadF;
        if (descriptor.Handle is not SocketHandle socket) return descriptor.Handle is ListenerHandle ? Errno.NotConn : Errno.NotSock;
        var how = arguments.U32(1) & byte.MaxValue;
        if (how is 0 or > (Receiving | Sending)) return Errno.Inval;
        if (descriptor.Check(Rights.SockShutdown) != Errno.Success) return Errno.NotCapable;
        guest.Concerns(descriptor);
        if (!suspension.Permits(socket)) return Suspension.Required;
        return await socket.ShutDownAsync((how & Receiving) != 0, (how & Sending) != 0, suspension.CancellationToken).ConfigureAwait(false);
    }

    // Everything that must hold before bytes move, the result pointers included: what was received must not be lost.
    private static Errno PrepareReceive(Preview1Context guest, in CallArguments arguments, out Descriptor descriptor, out SocketHandle socket)
    {
        socket = null!;
        if (!guest.Descriptors.TryGet(arguments.U32(0), out descriptor!)) return Errno.BadF;
        if (descriptor.Handle is not SocketHandle found) return descriptor.Handle is ListenerHandle ? Errno.NotConn : Errno.NotSock;
        socket = found;
        if ((arguments.U16(Flags) & ~(Peek | WaitAll)) != 0) return Errno.NotSup;
        var error = descriptor.CheckTransfer(Rights.FdRead);
        if (error != Errno.Success) return error;
        if (arguments.U32(VectorCount) > IoVectorDecoder.MaxCount) return Errno.Inval;
        guest.Concerns(descriptor);
        var hasRoom = guest.Memory.Contains(arguments.U32(Length), sizeof(uint)) && guest.Memory.Contains(arguments.U32(ResultFlags), sizeof(ushort));
        return hasRoom ? Errno.Success : Errno.Fault;
    }

    private static Errno FinishReceive(Preview1Context guest, in CallArguments arguments, int length)
    {
        guest.Buffers.NoteWritten(guest.Memory, length);
        return WriteReceived(guest, arguments, length);
    }

    private static Errno WriteReceived(Preview1Context guest, in CallArguments arguments, int length)
    {
        guest.Memory.WriteU32(arguments.U32(Length), (uint)length);

        // roflags: a byte stream truncates nothing.
        guest.Memory.TryGetWritable(arguments.U32(ResultFlags), sizeof(ushort), out var flags);
        flags.Clear();
        return Errno.Success;
    }

    // As fd_write takes them: (fd, iovs, iovs_len, length).
    private static CallArguments WithoutFlags(CallArguments arguments)
    {
        arguments[Flags] = arguments[Length];
        return arguments;
    }
}
