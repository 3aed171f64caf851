using System.Security.Cryptography;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Preview1;

/// <summary><c>proc_*</c>, <c>sched_yield</c> and <c>random_get</c>.</summary>
internal static class ProcessFunctions
{
    public static Errno Exit(GuestContext guest, in CallArguments arguments)
    {
        guest.ExitCode = (int)arguments.U32(0);
        return HostFunction.Exit;
    }

    /// <summary>No guest has another to signal, and removed from later snapshots; wasmtime answers the same.</summary>
    public static Errno Raise(GuestContext guest, in CallArguments arguments) => Errno.NotSup;

    /// <summary>A guest that yields in a loop waits for something: under load, let others run.</summary>
    public static Errno Yield(GuestContext guest, in CallArguments arguments)
    {
        Thread.Yield();
        return Errno.Success;
    }

    public static Errno RandomGet(GuestContext guest, in CallArguments arguments)
    {
        // A length above 2 GiB is legal and does not fit one span.
        const uint piece = 1 << 20;
        var (address, remaining) = (arguments.U32(0), arguments.U32(1));
        if (!guest.Memory.Contains(address, remaining)) return Errno.Fault;
        while (remaining > 0)
        {
            var count = Math.Min(remaining, piece);
            guest.Memory.TryGetSpan(address, count, out var span);
            RandomNumberGenerator.Fill(span);
            address += count;
            remaining -= count;
        }

        return Errno.Success;
    }
}
