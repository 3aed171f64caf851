namespace WasiCloud.Tool;

/// <summary>
/// Standard input whose reads can be given up: the operating system's cannot, and a guest that waits for a line must still end at its time-out. One reader at a time.
/// </summary>
internal sealed class InterruptibleInput(Stream stream) : Stream
{
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

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_start == _end)
        {
            // A read that was given up, as by a poll that timed out, goes on: what it brings belongs to the next one.
            _reading ??= Task.Run(() => stream.Read(_bytes), CancellationToken.None);
            (_start, _end) = (0, await _reading.WaitAsync(cancellationToken).ConfigureAwait(false));
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
}
