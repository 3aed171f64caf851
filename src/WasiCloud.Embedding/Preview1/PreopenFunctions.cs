using System.Buffers.Binary;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Preview1;

/// <summary><c>fd_prestat_get</c> and <c>fd_prestat_dir_name</c>: how a guest learns its directories.</summary>
internal static class PreopenFunctions
{
    // prestat: tag u8 (0 = directory), padding, name length u32.
    private const uint PrestatSize = 8;

    // Not in the witx file, which knows directories only. Guests look through their descriptors from 3 on and stop at EBADF: with that answer for a listener,
    // those that come after it would never be found. wasi-libc and Go skip a tag that they do not know.
    private const byte SocketTag = 1;

    public static HostCallOutcome StatusGet(Preview1Context guest, in CallArguments arguments)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var descriptor)) return Errno.BadF;
        var isSocket = descriptor.Handle is ListenerHandle;
        if (descriptor.PreopenName is null && !isSocket) return Errno.BadF;
        if (!guest.Memory.TryGetWritable(arguments.U32(1), PrestatSize, out var destination)) return Errno.Fault;
        destination.Clear();
        if (isSocket) destination[0] = SocketTag;
        BinaryPrimitives.WriteInt32LittleEndian(destination[sizeof(uint)..], descriptor.PreopenName?.Length ?? 0);
        return Errno.Success;
    }

    public static HostCallOutcome DirectoryNameGet(Preview1Context guest, in CallArguments arguments)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var descriptor) || descriptor.PreopenName is not { } name) return Errno.BadF;
        if (arguments.U32(2) < (uint)name.Length) return Errno.NameTooLong;
        if (!guest.Memory.TryGetWritable(arguments.U32(1), (uint)name.Length, out var destination)) return Errno.Fault;
        name.CopyTo(destination);
        return Errno.Success;
    }
}
