using System.Runtime.InteropServices;

namespace WasiCloud.Tool;

/// <summary>
/// Knows which of the descriptors 0, 1 and 2 the command was started with. One that was closed (<c>&gt;&amp;-</c>) is given to the next file that anybody
/// opens: what is
/// written there would go into a pipe of the runtime, by which it is told of signals.
/// </summary>
internal static partial class StandardDescriptors
{
    private const int Count = 3;
    private const int GetFlags = 1; // F_GETFD
    private const int ClosedOnExec = 1; // FD_CLOEXEC

    private static readonly bool[] s_isClosed = new bool[Count];

    /// <summary>Looks. To be called before anything is read or written.</summary>
    public static void Inspect()
    {
        if (OperatingSystem.IsWindows()) return;
        for (var descriptor = 0; descriptor < Count; descriptor++)
        {
            // What this process was started with has no such flag, or it would not be here; and what the runtime opens has it.
            var flags = NativeControl(descriptor, GetFlags, 0);
            s_isClosed[descriptor] = flags < 0 || (flags & ClosedOnExec) != 0;
            if (flags < 0) Occupy(descriptor);
        }
    }

    /// <summary>Whether a descriptor was closed when the command was started.</summary>
    public static bool IsClosed(int descriptor) => s_isClosed[descriptor];

    // So that no file is opened there later. Another thread may have been faster, and then that is its own.
    private static void Occupy(int descriptor)
    {
        var file = NativeOpen("/dev/null", Embedding.Linux.LinuxOpenFlags.CloseOnExec | Embedding.Linux.LinuxOpenFlags.ReadWrite, 0);
        if (file >= 0 && file != descriptor) _ = NativeClose(file);
    }

    // Variadic in C, which for integer arguments is the same calling convention on every architecture that the library runs on.
    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int NativeControl(int descriptor, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeOpen(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int NativeClose(int descriptor);
}
