using System.IO.Pipelines;

namespace WasiCloud.Tool;

/// <summary>Writes to a terminal's stream when flushed, before the flush returns: standard output and error stay in the order in which the guest wrote them.</summary>
internal sealed class UnbufferedWriter(Stream stream) : PipeWriter
{
    private byte[] _buffer = new byte[4 << 10];
    private int _count;

    public override void Advance(int bytes) => _count += bytes;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        var needed = _count + Math.Max(sizeHint, 1);
        if (needed > _buffer.Length) Array.Resize(ref _buffer, Math.Max(needed, _buffer.Length * 2));
        return _buffer.AsMemory(_count);
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
#pragma warning disable VSTHRD103 // Blocking is the point: see the class.
        stream.Write(_buffer, 0, _count);
        stream.Flush();
#pragma warning restore VSTHRD103
        _count = 0;
        return new(new FlushResult(isCanceled: false, isCompleted: false));
    }

    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
    {
    }
}
