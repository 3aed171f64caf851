using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Preview1;

/// <summary><c>fd_prestat_get</c> and <c>fd_prestat_dir_name</c>: how a guest learns its directories.</summary>
internal static class PreopenFunctions
{
    // prestat: tag u8 (0 = directory), padding, name length u32.
    private const uint PrestatSize = 8;

    public static Errno StatusGet(GuestContext guest, in CallArguments arguments)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var descriptor) || descriptor.PreopenName is null) return Errno.BadF;
        if (!guest.Memory.TryGetSpan(arguments.U32(1), PrestatSize, out var destination)) return Errno.Fault;
        destination.Clear();
        return guest.Memory.WriteU32(arguments.U32(1) + sizeof(uint), (uint)descriptor.PreopenName.Length);
    }

    public static Errno DirectoryNameGet(GuestContext guest, in CallArguments arguments)
    {
        if (!guest.Descriptors.TryGet(arguments.U32(0), out var descriptor) || descriptor.PreopenName is not { } name) return Errno.BadF;
        if (arguments.U32(2) < (uint)name.Length) return Errno.NameTooLong;
        if (!guest.Memory.TryGetSpan(arguments.U32(1), (uint)name.Length, out var destination)) return Errno.Fault;
        name.CopyTo(destination);
        return Errno.Success;
    }
}
