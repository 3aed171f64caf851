using System.IO.Pipelines;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Pipes;

namespace WasiCloud.Tool;

/// <summary>
/// Writes to standard output or error before the guest's write returns, so that the two stay in the order in which the guest wrote them. For one guest at a
/// time.
/// </summary>
internal sealed class UnbufferedWriter : DirectWriter
{
    private readonly StandardOutput _output;
    private readonly Action _onClosed;
    private readonly Func<bool> _mustStop;
    private CancellationToken _cancellationToken;
    private byte[] _buffer = new byte[4 << 10];
    private int _count;

    /// <param name="output">Where to.</param>
    /// <param name="onClosed">Called when its reader is gone.</param>
    public UnbufferedWriter(StandardOutput output, Action onClosed)
    {
        (_output, _onClosed) = (output, onClosed);
        _mustStop = () => _cancellationToken.IsCancellationRequested;
    }

    public override void Advance(int bytes) => _count += bytes;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        var needed = _count + Math.Max(sizeHint, 1);
        if (needed > _buffer.Length) Array.Resize(ref _buffer, Math.Max(needed, _buffer.Length * 2));
        return _buffer.AsMemory(_count);
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override FsResult<int> Write(CancellationToken cancellationToken)
    {
        _cancellationToken = cancellationToken;
        var (written, error) = _output.Write(_buffer.AsSpan(0, _count), _mustStop);
        (_count, _cancellationToken) = (0, default);
        if (error == Errno.Canceled) cancellationToken.ThrowIfCancellationRequested();
        if (error == Errno.Pipe) _onClosed();

        // As write(2): what was written counts, and the next write says what is the matter.
        return error == Errno.Success || written > 0 ? written : error;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        var result = Write(cancellationToken);
        return result.Error == Errno.Success
            ? new(new FlushResult(isCanceled: false, isCompleted: false))
            : ValueTask.FromException<FlushResult>(new ErrnoException(result.Error));
    }

    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
    {
    }
}
