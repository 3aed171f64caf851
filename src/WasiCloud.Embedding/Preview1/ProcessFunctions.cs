using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Preview1;

/// <summary><c>proc_*</c>, <c>sched_yield</c> and <c>random_get</c>.</summary>
internal static class ProcessFunctions
{
    public static HostCallOutcome Exit(Preview1Context guest, in CallArguments arguments) => HostCallOutcome.Exit((int)arguments.U32(0));

    /// <summary>No guest has another to signal, and removed from later snapshots; wasmtime answers the same.</summary>
    public static HostCallOutcome Raise(Preview1Context guest, in CallArguments arguments) => Errno.NotSup;

    /// <summary>A guest that yields in a loop waits for something: under load, let others run.</summary>
    public static HostCallOutcome Yield(Preview1Context guest, in CallArguments arguments)
    {
        Thread.Yield();
        return Errno.Success;
    }

    /// <summary>
    /// Fills what one piece covers. Unlike a read it may not be short, so what is longer is the pending half's; so is what the application's code fills.
    /// </summary>
    public static HostCallOutcome RandomGet(Preview1Context guest, in CallArguments arguments)
    {
        if (!guest.Memory.Contains(arguments.U32(0), arguments.U32(1))) return Errno.Fault;
        if (arguments.U32(1) > TransferSize.PieceBytes || !guest.State.HasOwnRandom) return HostCallOutcome.MustWait;
        Fill(guest, arguments.U32(0), arguments.U32(1));
        return Errno.Success;
    }

    /// <summary>Fills piece by piece, and looks in between whether the guest is to end: 1 GiB takes seconds.</summary>
    public static async ValueTask<Errno> RandomGetAsync(Preview1Context guest, CallArguments arguments, Suspension suspension)
    {
        var (address, remaining) = (arguments.U32(0), arguments.U32(1));
        while (remaining > 0)
        {
            var count = Math.Min(remaining, TransferSize.PieceBytes);
            Fill(guest, address, count);
            address += count;
            remaining -= count;
            await Pieces.PauseAsync(suspension.CancellationToken).ConfigureAwait(false);
        }

        return Errno.Success;
    }

    private static void Fill(Preview1Context guest, uint address, uint count)
    {
        guest.Memory.TryGetWritable(address, count, out var span);
        guest.State.FillRandom(span);
    }
}
