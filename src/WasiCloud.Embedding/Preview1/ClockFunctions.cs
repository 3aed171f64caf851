using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Guests;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Preview1;

/// <summary><c>clock_*</c>.</summary>
internal static class ClockFunctions
{
    public const uint Realtime = 0;
    public const uint Monotonic = 1;

    // CPU time is given as time since the guest started: an upper bound, and what makes C's clock() work (docs/rationale/engine.md).
    private const uint ProcessCpuTime = 2;
    private const uint ThreadCpuTime = 3;

    public static bool IsClock(uint id) => id <= ThreadCpuTime;

    public static HostCallOutcome ResolutionGet(Preview1Context guest, in CallArguments arguments) => arguments.U32(0) switch
    {
        Realtime => guest.Memory.WriteU64(arguments.U32(1), (ulong)GuestClock.RealtimeResolution),
        Monotonic or ProcessCpuTime or ThreadCpuTime => guest.Memory.WriteU64(arguments.U32(1), (ulong)guest.Clock.MonotonicResolution),
        _ => Errno.Inval,
    };

    public static HostCallOutcome TimeGet(Preview1Context guest, in CallArguments arguments) => arguments.U32(0) switch
    {
        Realtime => guest.Memory.WriteU64(arguments.U32(2), guest.Clock.RealtimeNanoseconds),
        Monotonic or ProcessCpuTime or ThreadCpuTime => guest.Memory.WriteU64(arguments.U32(2), (ulong)guest.Clock.MonotonicNanoseconds),
        _ => Errno.Inval,
    };
}
