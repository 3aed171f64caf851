using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Reliability.History.Faults;

/// <summary>Lets processes stand still.</summary>
internal static partial class ProcessSignal
{
    private const int Stop = 19;
    private const int Continue = 18;

    /// <summary>Lets a process stand still (SIGSTOP).</summary>
    /// <returns>Whether there was one.</returns>
    public static bool Pause(int process) => Send(process, Stop) == 0;

    /// <summary>Lets it go on (SIGCONT).</summary>
    /// <returns>Whether there was one.</returns>
    public static bool Resume(int process) => Send(process, Continue) == 0;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int process, int signal);
}
