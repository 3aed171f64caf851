using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Preview1;

/// <summary><c>sock_*</c>: no descriptor is a socket yet, so each answers as POSIX does for one that is not.</summary>
internal static class SocketFunctions
{
    public static Errno NotASocket(GuestContext guest, in CallArguments arguments) =>
        guest.Descriptors.TryGet(arguments.U32(0), out _) ? Errno.NotSock : Errno.BadF;
}
