using System.Buffers;
using System.Runtime.CompilerServices;

namespace WasiCloud.Embedding.AspNetCore.WebSockets;

/// <summary>Takes the frames of a client out of a stream. For one reader at a time.</summary>
/// <param name="stream">What the client sends.</param>
/// <param name="received">Called whenever something has come.</param>
internal sealed class FrameReader(Stream stream, Action received)
{
    // A control frame as a whole, and most messages of a few words with their header. An idle connection holds no more than this.
    private readonly byte[] _buffer = new byte[256];
    private int _start;
    private int _end;

    /// <summary>Whether the stream is being waited for.</summary>
    public bool IsReading { get; private set; }

    private ReadOnlySpan<byte> Buffered => _buffer.AsSpan(_start.._end);

    /// <summary>Waits for the next frame.</summary>
    /// <returns><see langword="null"/> if what comes is no frame.</returns>
    /// <exception cref="EndOfStreamException">The connection has ended.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<FrameHeader?> ReadHeaderAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var status = FrameHeader.Read(Buffered, out var header, out var count);
            if (status == OperationStatus.InvalidData) return null;
            if (status == OperationStatus.Done)
            {
                _start += count;
                return header;
            }

            await FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits for some of a payload.</summary>
    /// <param name="destination">Where to; not longer than what is left of the payload, and not empty.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How many bytes, still masked.</returns>
    /// <exception cref="EndOfStreamException">The connection has ended.</exception>
    public ValueTask<int> ReadPayloadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (Buffered.IsEmpty) return ReadAsync(destination, cancellationToken);
        var count = Math.Min(destination.Length, Buffered.Length);
        Buffered[..count].CopyTo(destination.Span);
        _start += count;
        return new(count);
    }

    /// <summary>Waits for all of a control frame's payload.</summary>
    /// <returns>The payload; it lasts until the next call.</returns>
    /// <exception cref="EndOfStreamException">The connection has ended.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadControlAsync(FrameHeader header, CancellationToken cancellationToken)
    {
        var length = (int)header.Length;
        while (Buffered.Length < length) await FillAsync(cancellationToken).ConfigureAwait(false);
        var payload = _buffer.AsMemory(_start, length);
        _start += length;
        FrameMask.Apply(payload.Span, header.Mask, offset: 0);
        return payload;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        Buffered.CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        _end += await ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        IsReading = true;
        try
        {
            var count = await stream.ReadAsync(destination, cancellationToken).ConfigureAwait(false);
            if (count == 0) throw new EndOfStreamException("The client ended the connection without closing the WebSocket.");
            received();
            return count;
        }
        finally
        {
            IsReading = false;
        }
    }
}
