using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Tool;

/// <summary>
/// Standard input, whose reads can be given up: the operating system's cannot, and a guest that waits for a line must still end at its time-out. One reader
/// at a time.
/// </summary>
internal sealed class StandardInput : Stream
{
    private const int Descriptor = 0;

    // What PipeReader asks for at once.
    private readonly byte[] _bytes = new byte[4096];
    private Task<int>? _reading;
    private int _start;
    private int _end;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <exception cref="ErrnoException">It cannot be read; <see cref="Errno.BadF"/> if it was closed before the start.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_start == _end)
        {
            // A read that was given up, as by a poll that timed out, goes on: what it brings belongs to the next one.
            _reading ??= Task.Run(ReadBytes, CancellationToken.None);
            try
            {
                (_start, _end) = (0, await _reading.WaitAsync(cancellationToken).ConfigureAwait(false));
            }
            catch (IOException)
            {
                // The next read asks again.
                _reading = null;
                throw;
            }

            _reading = null;
        }

        var count = Math.Min(buffer.Length, _end - _start);
        _bytes.AsMemory(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int ReadBytes()
    {
        if (StandardDescriptors.IsClosed(Descriptor)) throw new ErrnoException(Errno.BadF);
        if (OperatingSystem.IsWindows())
        {
            using var console = Console.OpenStandardInput();
            return console.Read(_bytes);
        }

        var result = NativeCalls.Read(Descriptor, _bytes, CancellationToken.None);
        return result.TryGet(out var count) ? count : throw new ErrnoException(result.Error);
    }
}
