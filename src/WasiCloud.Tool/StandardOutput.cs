using System.Runtime.InteropServices;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.HostDirectory;

namespace WasiCloud.Tool;

/// <summary>
/// Standard output or error, by <c>write(2)</c>: the console's own stream hides that its reader is gone, and a file stream writes beside the position that
/// other processes share. Thread-safe as far as the kernel is.
/// </summary>
internal sealed partial class StandardOutput
{
    // PIPE_BUF of Linux: a pipe that poll(2) calls writable takes this much without waiting. (Elsewhere it is less, and a write may wait.)
    private const int MaxPiece = 4096;

    private readonly int _descriptor;
    private readonly bool _isOpen;
    private readonly bool _mayWait;

    private StandardOutput(int descriptor)
    {
        _descriptor = descriptor;
        _isOpen = !StandardDescriptors.IsClosed(descriptor);
        _mayWait = !OperatingSystem.IsLinux() || !_isOpen || !LinuxFile.IsRegular(descriptor);
    }

    /// <summary>Descriptor 1.</summary>
    public static StandardOutput Output { get; } = new(1);

    /// <summary>Descriptor 2.</summary>
    public static StandardOutput Error { get; } = new(2);

    /// <summary>Writes all, and waits for whoever reads.</summary>
    /// <param name="bytes">What to write.</param>
    /// <param name="mustStop">Asked again and again while it waits: whether to give up. <see langword="null"/> to wait as long as it takes.</param>
    /// <returns>
    /// How many bytes were written, and why not more: <see cref="Errno.BadF"/> of a stream that was closed before the start, <see cref="Errno.Pipe"/> if the
    /// reader is gone,
    /// <see cref="Errno.NoSpc"/> on a full disk, <see cref="Errno.Canceled"/> if it was given up, and so on.
    /// </returns>
    public (int Written, Errno Error) Write(ReadOnlySpan<byte> bytes, Func<bool>? mustStop = null)
    {
        if (!_isOpen) return (0, Errno.BadF);
        if (OperatingSystem.IsWindows()) return WriteToConsole(bytes);
        var written = 0;
        while (written < bytes.Length)
        {
            var piece = bytes[written..];
            if (_mayWait)
            {
                if (!WaitUntilWritable(mustStop)) return (written, Errno.Canceled);
                if (piece.Length > MaxPiece) piece = piece[..MaxPiece];
            }

            var count = NativeWrite(_descriptor, piece, (nuint)piece.Length);
            if (count >= 0)
            {
                written += (int)count;
                continue;
            }

            // Somebody else may have made the terminal or pipe non-blocking.
            var error = Marshal.GetLastPInvokeError();
            if (!NativeCalls.IsTransient(error)) return (written, LinuxErrno.ToWasi(error));
        }

        return (written, Errno.Success);
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint NativeWrite(int descriptor, ReadOnlySpan<byte> buffer, nuint count);

    private (int Written, Errno Error) WriteToConsole(ReadOnlySpan<byte> bytes)
    {
        try
        {
            using var console = _descriptor == 1 ? Console.OpenStandardOutput() : Console.OpenStandardError();
            console.Write(bytes);
            return (bytes.Length, Errno.Success);
        }
        catch (IOException)
        {
            return (0, Errno.IO);
        }
    }

    private bool WaitUntilWritable(Func<bool>? mustStop)
    {
        while (!NativeCalls.IsWritable(_descriptor))
        {
            if (mustStop is not null && mustStop()) return false;
        }

        return true;
    }
}
