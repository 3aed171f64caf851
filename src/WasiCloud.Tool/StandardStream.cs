using System.Runtime.InteropServices;

namespace WasiCloud.Tool;

/// <summary>Standard output or error of a Unix process, by <c>write(2)</c>: the console's own stream hides that its reader is gone, and a file stream writes beside the position that other processes share.</summary>
internal sealed partial class StandardStream(int descriptor) : Stream
{
    private const int Interrupted = 4;

    // EAGAIN: Linux 11, macOS and BSD 35.
    private static readonly int WouldBlock = OperatingSystem.IsLinux() ? 11 : 35;

    private const short PollOut = 4;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Opens descriptor 1 or 2.</summary>
    public static Stream Open(int descriptor)
    {
        if (!OperatingSystem.IsWindows()) return new StandardStream(descriptor);
        return descriptor == 1 ? Console.OpenStandardOutput() : Console.OpenStandardError();
    }

    /// <exception cref="IOException">The reader is gone, the disk is full, and so on.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var count = NativeWrite(descriptor, buffer, (nuint)buffer.Length);
            if (count >= 0)
            {
                buffer = buffer[(int)count..];
                continue;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error == WouldBlock) WaitUntilWritable();
            else if (error != Interrupted) throw new IOException(Marshal.GetPInvokeErrorMessage(error));
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint NativeWrite(int descriptor, ReadOnlySpan<byte> buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int NativePoll(ref PollDescriptor descriptors, nuint count, int milliseconds);

    // Somebody else made the terminal non-blocking.
    private void WaitUntilWritable()
    {
        var wanted = new PollDescriptor { Descriptor = descriptor, Events = PollOut };
        _ = NativePoll(ref wanted, 1, -1);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short ReturnedEvents;
    }
}
