using System.Runtime.InteropServices;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.HostDirectory;

namespace WasiCloud.Tool;

/// <summary><c>read(2)</c> and <c>poll(2)</c>.</summary>
internal static partial class NativeCalls
{
    private const int Interrupted = 4;
    private const short PollIn = 1;
    private const short PollOut = 4;

    // How long a call that waits may go on when it is to end.
    private const int LookMilliseconds = 50;

    // EAGAIN: Linux 11, macOS and BSD 35.
    private static readonly int WouldBlock = OperatingSystem.IsLinux() ? 11 : 35;

    /// <summary>Reads what is there, and waits for it, also if somebody made the descriptor non-blocking.</summary>
    /// <param name="descriptor">From where.</param>
    /// <param name="buffer">Where to.</param>
    /// <param name="cancellationToken">Looked at while a non-blocking descriptor has nothing.</param>
    /// <returns>How many bytes; 0 at the end.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static FsResult<int> Read(int descriptor, Span<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = NativeRead(descriptor, buffer, (nuint)buffer.Length);
            if (count >= 0) return (int)count;
            var error = Marshal.GetLastPInvokeError();
            if (IsTransient(error)) _ = IsReady(descriptor, PollIn);
            else return LinuxErrno.ToWasi(error);
        }
    }

    /// <summary>Waits a moment until a write would not wait. What is broken is ready too: the write says how.</summary>
    public static bool IsWritable(int descriptor) => IsReady(descriptor, PollOut);

    /// <summary>Whether a call that failed is to be tried again: a signal came, or there was nothing to do at this moment.</summary>
    public static bool IsTransient(int error) => error == Interrupted || error == WouldBlock;

    private static bool IsReady(int descriptor, short events)
    {
        var wanted = new PollDescriptor { Descriptor = descriptor, Events = events };
        var ready = NativePoll(ref wanted, 1, LookMilliseconds);
        return ready > 0 || (ready < 0 && Marshal.GetLastPInvokeError() != Interrupted);
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint NativeRead(int descriptor, Span<byte> buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int NativePoll(ref PollDescriptor descriptors, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short ReturnedEvents;
    }
}
