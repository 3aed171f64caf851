using System.Buffers;
using System.IO.Pipelines;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Pipes;

/// <summary>
/// Bytes that a <see cref="PipeReader"/> has and the guest has not taken yet. They stay in the pipe's segments until they are copied into guest memory.
/// </summary>
/// <param name="reader">A reader of the application's; it is not completed here.</param>
/// <param name="length">Where the bytes end if that is known: more are not read, and fewer are a broken connection.</param>
/// <param name="keptBytes">Keeps a copy of what was taken as long as it is not longer than this.</param>
/// <remarks>
/// The reader is foreign code, and so is the writer that <see cref="PipeReader.AdvanceTo(SequencePosition)"/> may resume inline. Neither may run on the
/// guest's stack, so <see cref="TryTake"/> only copies from a read that is there already and leaves every call of the reader to <see cref="TakeAsync"/>.
/// </remarks>
internal sealed class PipeWindow(PipeReader reader, long? length = null, int keptBytes = 0)
{
    // Small reads are served without waiting until this much is taken; then the segments are given back, so that the writer never waits for long.
    private const int ReleaseBytes = 16 << 10;

    private ArrayBufferWriter<byte>? _kept = keptBytes > 0 ? new() : null;
    private ReadOnlySequence<byte> _unread;
    private int _unreleased;
    private bool _isOpen;
    private bool _isCompleted;
    private bool _isBroken;
    private bool _isClosed;

    /// <summary>How many bytes were taken. May be read from any thread once the guest has ended.</summary>
    public long Position { get; private set; }

    /// <summary>Everything that was taken, if the end was reached and it was little enough to be kept.</summary>
    public ReadOnlyMemory<byte>? Kept => IsAtEnd && !_isBroken ? _kept?.WrittenMemory : null;

    /// <summary>Whether <see cref="TryTake"/> would give bytes, the end, or an error.</summary>
    public bool IsReady => !_unread.IsEmpty || IsOver;

    /// <summary>How many bytes are there to be taken without waiting.</summary>
    public long AvailableBytes => IsOver ? 0 : _unread.Length;

    /// <summary>Whether everything was taken. Where the length is known nobody has to ask once more to learn it.</summary>
    public bool IsAtEnd => (_isCompleted && _unread.IsEmpty) || Position == length;

    // Whether nothing more is given, whether or not everything was.
    private bool IsOver => _isClosed || IsAtEnd;

    /// <summary>Takes what is there, without waiting and without running other code.</summary>
    public bool TryTake(IoVectors destination, out FsResult<int> result)
    {
        result = default;
        if (IsOver)
        {
            result = AtEnd();
            return true;
        }

        var count = (int)Math.Min(_unread.Length, destination.TotalLength);
        if (count == 0 || (!_isCompleted && (count == _unread.Length || _unreleased + count > ReleaseBytes))) return false;
        var copied = 0;
        foreach (ref readonly var vector in destination.Vectors)
        {
            var piece = vector.Span;
            piece = piece[..Math.Min(piece.Length, count - copied)];
            Take(piece);
            copied += piece.Length;
        }

        result = copied;
        return true;
    }

    /// <summary>Copies what is there and leaves it there.</summary>
    public int Peek(Span<byte> destination)
    {
        var count = (int)Math.Min(_unread.Length, destination.Length);
        _unread.Slice(0, count).CopyTo(destination);
        return count;
    }

    /// <summary>Waits for bytes and takes them.</summary>
    public async ValueTask<FsResult<int>> TakeAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        var error = await FillAsync(cancellationToken).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        if (IsOver) return AtEnd();
        var count = (int)Math.Min(_unread.Length, destination.Length);
        Take(destination.Span[..count]);
        if (_unread.IsEmpty || _unreleased >= ReleaseBytes) Release();
        return count;
    }

    /// <summary>Waits until <see cref="IsReady"/>. Cancelling it loses nothing.</summary>
    /// <returns><see cref="Errno.ConnReset"/> if the other side is gone.</returns>
    public async ValueTask<Errno> FillAsync(CancellationToken cancellationToken)
    {
        if (_isClosed && !IsAtEnd) return Errno.ConnReset;
        while (!IsReady)
        {
            // A reader may give nothing, at once, again and again.
            cancellationToken.ThrowIfCancellationRequested();
            Release();
            try
            {
                Hold(await reader.ReadAsync(cancellationToken).ConfigureAwait(false));
            }
            catch (ErrnoException exception)
            {
                return exception.Error;
            }
            catch (IOException)
            {
                return Errno.ConnReset;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Kestrel's ConnectionAbortedException is one of these.
                return Errno.ConnReset;
            }
        }

        return Errno.Success;
    }

    /// <summary>Gives the segments back to the pipe; what was not taken stays in it.</summary>
    public void Release()
    {
        if (!_isOpen) return;
        _isOpen = false;
        _unreleased = 0;
        var position = _unread.Start;

        // Completed bytes are all there is; the reader would give the same ones again.
        (_unread, _isCompleted) = (default, _isCompleted && _unread.IsEmpty);
        reader.AdvanceTo(position);
    }

    /// <summary>
    /// Nothing is read any more, and what was not taken is <see cref="Errno.ConnReset"/>. Runs no foreign code: <see cref="Release"/> is to follow.
    /// </summary>
    public void Close() => _isClosed = true;

    private FsResult<int> AtEnd() => IsAtEnd && !_isBroken ? 0 : Errno.ConnReset;

    private void Hold(ReadResult result)
    {
        _isOpen = true;
        _isCompleted = result.IsCompleted;
        _unread = result.Buffer;
        if (length is not { } end) return;
        if (_unread.Length > end - Position) _unread = _unread.Slice(0, end - Position);
        _isBroken = _isCompleted && _unread.Length < end - Position;
    }

    private void Take(Span<byte> destination)
    {
        _unread.Slice(0, destination.Length).CopyTo(destination);
        _unread = _unread.Slice(destination.Length);
        Position += destination.Length;
        _unreleased += destination.Length;
        if (_kept is null) return;
        if (_kept.WrittenCount + destination.Length > keptBytes) _kept = null;
        else _kept.Write(destination);
    }
}
