using System.Globalization;
using System.Runtime.InteropServices;

namespace WasiCloud.Tool;

/// <summary>
/// SIGINT and SIGTERM, which end the command whatever it is doing: the first cancels, and when that has not ended it in time, or at a second one, the
/// process ends at once.
/// </summary>
/// <remarks>
/// The end must not need anybody's help: a thread may be held by a write to a pipe that nobody reads, by a disk, or by compiled or compiling code. What
/// would be left then is a compiler in a process of its own, which is killed; and stores are made for hosts that die.
/// </remarks>
#pragma warning disable CA1001 // It lives as long as the process.
internal sealed partial class Interruption
#pragma warning restore CA1001
{
    // Guests end within 100 ms.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private const int Kill = 9;

    private readonly CancellationTokenSource _source = new();
    private readonly ManualResetEventSlim _isOver = new();
    private readonly PosixSignalRegistration[] _registrations;
    private TimeSpan _patience = Patience;
    private int _exitCode;

    /// <summary>Begins to follow the signals.</summary>
    public Interruption() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, context => OnSignal(context, ExitCodes.Interrupted)),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => OnSignal(context, ExitCodes.Terminated)),
    ];

    /// <summary>Cancelled at the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>What the command returns if it ends because of a signal; <see langword="null"/> before the first.</summary>
    public int? ExitCode => Volatile.Read(ref _exitCode) is not 0 and var code ? code : null;

    /// <summary>From now on the first signal asks for an end that may take longer. A second one still ends it at once.</summary>
    public void LetFinish(TimeSpan patience) => _patience = patience;

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void NativeExit(int code);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int NativeKill(int process, int signal);

    private static void Exit(int code)
    {
        if (OperatingSystem.IsWindows()) Environment.Exit(code);
        if (OperatingSystem.IsLinux()) KillChildren();
        NativeExit(code);
    }

    // A compiler ends with its input, but not while it is stopped; and stopping is what the runtime does first to a process that it is to kill with its
    // children.
    private static void KillChildren()
    {
        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            foreach (var child in ChildrenOf(thread).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                _ = NativeKill(int.Parse(child, CultureInfo.InvariantCulture), Kill);
        }
    }

    private static string ChildrenOf(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "children"));
        }
        catch (IOException)
        {
            // The thread has ended, or the kernel does not tell.
            return string.Empty;
        }
    }

    // The runtime calls this on a thread of its own, however busy the pool is.
    private void OnSignal(PosixSignalContext context, int exitCode)
    {
        context.Cancel = true;
        if (Interlocked.CompareExchange(ref _exitCode, exitCode, 0) != 0) Exit(exitCode);
        new Thread(() =>
        {
            // Nobody sets it: the process is over before.
            _isOver.Wait(_patience);
            Exit(exitCode);
        })
        { IsBackground = true }.Start();
        _source.Cancel();
    }
}
