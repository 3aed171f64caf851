using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>
/// The time that the processor spent on the calling thread (POSIX <c>clock_gettime</c>, <c>CLOCK_THREAD_CPUTIME_ID</c>). A system call: 0.1 to 1 us.
/// </summary>
internal static unsafe partial class ThreadClock
{
    /// <summary>What <see cref="Read"/> returns where there is no such clock: a processor time is never negative.</summary>
    public const long None = -1;

    private const int ThreadCpuTime = 3;
    private const long NanosecondsPerSecond = 1_000_000_000;

    private static readonly bool Exists = OperatingSystem.IsLinux();

    /// <summary>The time in nanoseconds, or <see cref="None"/>.</summary>
    public static long Read()
    {
        Timespec time;
        return Exists && GetTime(ThreadCpuTime, &time) == 0 ? (time.Seconds * NanosecondsPerSecond) + time.Nanoseconds : None;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [SuppressGCTransition]
    private static partial int GetTime(int clock, Timespec* time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
