using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Guests;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Preview1;

/// <summary><c>args_*</c> and <c>environ_*</c>.</summary>
internal static class ArgumentFunctions
{
    public static HostCallOutcome ArgumentsGet(Preview1Context guest, in CallArguments arguments) =>
        Write(guest, guest.State.Arguments, pointers: arguments.U32(0), buffer: arguments.U32(1));

    public static HostCallOutcome ArgumentsSizesGet(Preview1Context guest, in CallArguments arguments) =>
        WriteSizes(guest, guest.State.Arguments, count: arguments.U32(0), size: arguments.U32(1));

    public static HostCallOutcome EnvironmentGet(Preview1Context guest, in CallArguments arguments) =>
        Write(guest, guest.State.Environment, pointers: arguments.U32(0), buffer: arguments.U32(1));

    public static HostCallOutcome EnvironmentSizesGet(Preview1Context guest, in CallArguments arguments) =>
        WriteSizes(guest, guest.State.Environment, count: arguments.U32(0), size: arguments.U32(1));

    private static Errno Write(Preview1Context guest, GuestStrings strings, uint pointers, uint buffer)
    {
        if (!guest.Memory.Contains(pointers, (ulong)strings.Offsets.Length * sizeof(uint))) return Errno.Fault;
        if (!guest.Memory.TryGetWritable(buffer, (uint)strings.Bytes.Length, out var destination)) return Errno.Fault;
        strings.Bytes.CopyTo(destination);
        foreach (var offset in strings.Offsets)
        {
            guest.Memory.WriteU32(pointers, buffer + offset);
            pointers += sizeof(uint);
        }

        return Errno.Success;
    }

    private static Errno WriteSizes(Preview1Context guest, GuestStrings strings, uint count, uint size)
    {
        if (!guest.Memory.Contains(count, sizeof(uint)) || !guest.Memory.Contains(size, sizeof(uint))) return Errno.Fault;
        guest.Memory.WriteU32(count, (uint)strings.Offsets.Length);
        return guest.Memory.WriteU32(size, (uint)strings.Bytes.Length);
    }
}
