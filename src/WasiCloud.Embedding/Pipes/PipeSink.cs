using System.Buffers;
using System.IO.Pipelines;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Pipes;

/// <summary>Moves bytes from guest memory into a <see cref="PipeWriter"/>'s segments, with its back-pressure.</summary>
/// <param name="writer">The writer.</param>
/// <param name="maxWrite">How many bytes one write may add to what already waits, which bounds memory however much the guest writes at once.</param>
/// <param name="isOwn">Whether the pipe is this library's. Another's runs foreign code, which must not happen on the guest's stack.</param>
/// <param name="buffer">Where the pipe's segments come from, if it is a response's: the pipe then never waits, and this waits for room there.</param>
/// <remarks>A write that fills another pipe is accepted; the next one waits for the flush.</remarks>
internal sealed class PipeSink(PipeWriter writer, int maxWrite, bool isOwn, ResponseBuffer? buffer = null)
{
    // A large write, or what follows this much, gets segments of this size.
    private const int SegmentBytes = 64 << 10;

    private Task _flush = Task.CompletedTask;
    private volatile bool _isBroken;
    private volatile bool _hasReaderLeft;
    private bool _isComplete;
    private long _written;
    private int _free;

    /// <summary>How many bytes a write that need not wait may bring.</summary>
    public int MaxWrite => buffer is null ? maxWrite : buffer.MaxWrite(Free);

    /// <summary>As <see cref="MaxWrite"/>, whatever others do meanwhile.</summary>
    public int SureWrite => buffer is null ? maxWrite : buffer.SureWrite;

    public bool IsOwn => isOwn;

    /// <summary>The writer, if it says itself what became of the bytes: then <see cref="Flush"/> is not for it.</summary>
    public DirectWriter? Direct => writer as DirectWriter;

    /// <summary>Whether nobody reads any more.</summary>
    public bool IsBroken => _isBroken;

    // Of the last segment. A reader that has taken everything has taken that too.
    private int Free => buffer is { HeldBytes: 0 } ? 0 : _free;

    private bool HasRoom => _flush.IsCompleted && (buffer is null || buffer.HasRoom(Free));

    /// <summary>Begins anew, after the pipe was completed on both sides.</summary>
    /// <returns>Whether that is possible: no flush is under way any more.</returns>
    public bool TryReset()
    {
        if (!_flush.IsCompleted) return false;
        (_flush, _isBroken, _hasReaderLeft, _isComplete) = (Task.CompletedTask, false, false, false);
        (_written, _free) = (0, 0);
        buffer?.Reset();
        return true;
    }

    /// <summary>Asks whether a write would not wait.</summary>
    /// <param name="error"><see cref="Errno.Pipe"/> if nobody reads any more.</param>
    public bool TryReady(out Errno error)
    {
        error = Known();
        return error != Errno.Success || HasRoom;
    }

    /// <summary>Waits until a write would not wait. Cancelling it loses nothing.</summary>
    public async ValueTask<Errno> ReadyAsync(CancellationToken cancellationToken)
    {
        while (!_isBroken && !HasRoom) await RoomAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        return Known();
    }

    /// <summary>Copies bytes into the pipe. <see cref="Flush"/> shows them to the reader.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var destination = writer.GetSpan(Free > 0 ? Math.Min(bytes.Length, _free) : NextSegment(bytes.Length));
            if (destination.IsEmpty) throw new InvalidOperationException($"{writer.GetType()} gave no memory for {bytes.Length} bytes.");
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
        buffer?.ReaderGets();
        var flush = FlushAsync();
        if (!flush.IsCompletedSuccessfully) _flush = flush.AsTask();
        return Known();
    }

    /// <summary>The reader is gone: a write that waits and all later ones are <see cref="Errno.Pipe"/>. May be called from any thread.</summary>
    public void Abandon()
    {
        _isBroken = true;
        if (buffer is not null)
        {
            buffer.Wake();
            return;
        }

        try
        {
            writer.CancelPendingFlush();
        }
        catch (ObjectDisposedException)
        {
            // The guest has ended at this moment, and the writer with it: nothing is pending. One that writes to a stream says so like this.
        }
    }

    /// <summary>As <see cref="Abandon"/>, and the reader is completed. May be called from any thread.</summary>
    public void ReaderLeft()
    {
        _hasReaderLeft = true;
        Abandon();
    }

    /// <summary>Ends the bytes, well or with an exception that the reader gets.</summary>
    public void Complete(Exception? exception)
    {
        _isComplete = true;
        writer.Complete(exception);
    }

    private Errno Known()
    {
        if (!_isBroken) return Errno.Success;

        // The pipe gives its segments back when both sides are done, and the guest may live on.
        if (_hasReaderLeft && !_isComplete) Complete(exception: null);
        return Errno.Pipe;
    }

    private int NextSegment(int length)
    {
        var isLong = _written >= SegmentBytes;
        if (buffer is not null) return buffer.NextSegment(length, isLong);
        return isLong ? SegmentBytes : Math.Min(length, SegmentBytes);
    }

    private Task RoomAsync()
    {
        if (buffer is null || !_flush.IsCompleted) return _flush;
        var room = buffer.WhenRoomAsync(Free);
        if (_isBroken) buffer.Wake();
        return room;
    }

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
