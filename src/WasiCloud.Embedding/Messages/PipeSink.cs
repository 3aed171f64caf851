using System.Buffers;
using System.IO.Pipelines;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Messages;

/// <summary>Moves bytes from guest memory into a <see cref="PipeWriter"/>'s segments, with its back-pressure.</summary>
/// <param name="writer">The writer.</param>
/// <param name="maxWrite">How many bytes one write may add to what already waits, which bounds memory however much the guest writes at once.</param>
/// <param name="isOwn">Whether the pipe is this library's. Another's runs foreign code, which must not happen on the guest's stack.</param>
/// <remarks>A write that fills the pipe is accepted; the next one waits for the flush.</remarks>
internal sealed class PipeSink(PipeWriter writer, int maxWrite, bool isOwn)
{
    // Few bytes get a segment of the pipe's minimum size. A large write, or what follows this much, gets segments of this size: they are few enough for the
    // shared array pool to keep (1 GiB in writes of 4 KiB allocated 755 MiB with 4 KiB segments).
    private const int SegmentBytes = 64 << 10;

    private Task _flush = Task.CompletedTask;
    private volatile bool _isBroken;
    private long _written;
    private int _free;

    public int MaxWrite => maxWrite;

    public bool IsOwn => isOwn;

    /// <summary>Whether nobody reads any more.</summary>
    public bool IsBroken => _isBroken;

    /// <summary>Begins anew, after the pipe was completed on both sides.</summary>
    /// <returns>Whether that is possible: no flush is under way any more.</returns>
    public bool TryReset()
    {
        if (!_flush.IsCompleted) return false;
        (_flush, _isBroken, _written, _free) = (Task.CompletedTask, false, 0, 0);
        return true;
    }

    /// <summary>Asks whether a write would not wait.</summary>
    /// <param name="error"><see cref="Errno.Pipe"/> if nobody reads any more.</param>
    public bool TryReady(out Errno error)
    {
        error = _isBroken ? Errno.Pipe : Errno.Success;
        return _isBroken || _flush.IsCompleted;
    }

    /// <summary>Waits until a write would not wait. Cancelling it loses nothing.</summary>
    public async ValueTask<Errno> ReadyAsync(CancellationToken cancellationToken)
    {
        if (!_isBroken && !_flush.IsCompleted) await _flush.WaitAsync(cancellationToken).ConfigureAwait(false);
        return _isBroken ? Errno.Pipe : Errno.Success;
    }

    /// <summary>Copies bytes into the pipe. <see cref="Flush"/> shows them to the reader.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var wanted = _free == 0 && _written >= SegmentBytes ? SegmentBytes : Math.Min(bytes.Length, _free == 0 ? SegmentBytes : _free);
            var destination = writer.GetSpan(wanted);
            var count = Math.Min(bytes.Length, destination.Length);
            bytes[..count].CopyTo(destination);
            writer.Advance(count);
            _free = destination.Length - count;
            _written += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Starts a flush, whose end is what the next write waits for.</summary>
    public Errno Flush()
    {
        var flush = FlushAsync();
        if (!flush.IsCompletedSuccessfully) _flush = flush.AsTask();
        return _isBroken ? Errno.Pipe : Errno.Success;
    }

    /// <summary>The reader is gone: a write that waits and all later ones are <see cref="Errno.Pipe"/>. May be called from any thread.</summary>
    public void Abandon()
    {
        _isBroken = true;
        writer.CancelPendingFlush();
    }

    /// <summary>Ends the bytes, well or with an exception that the reader gets.</summary>
    public void Complete(Exception? exception) => writer.Complete(exception);

    private async ValueTask FlushAsync()
    {
        try
        {
            var result = await writer.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            if (result.IsCompleted) _isBroken = true;
        }
        catch (IOException)
        {
            _isBroken = true;
        }
        catch (OperationCanceledException)
        {
            _isBroken = true;
        }
    }
}
