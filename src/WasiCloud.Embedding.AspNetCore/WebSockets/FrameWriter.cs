using System.Buffers;
using System.Runtime.CompilerServices;

namespace WasiCloud.Embedding.AspNetCore.WebSockets;

/// <summary>Sends a server's frames, one after another. Thread-safe.</summary>
internal sealed class FrameWriter(Stream stream) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Sends one frame.</summary>
    /// <param name="opcode">What it is.</param>
    /// <param name="isFinal">Whether it is the last of its message.</param>
    /// <param name="payload">Its payload, which is not kept.</param>
    /// <param name="cancellationToken">Ends it, perhaps in the middle of the frame.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(FrameOpcode opcode, bool isFinal, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // In one piece, so that it is one packet. What fails is not given back: the stream may still have it.
            var frame = ArrayPool<byte>.Shared.Rent(FrameHeader.MaxWrittenBytes + payload.Length);
            var length = FrameHeader.Write(frame, opcode, isFinal, payload.Length);
            payload.CopyTo(frame.AsMemory(length));
            await stream.WriteAsync(frame.AsMemory(0, length + payload.Length), cancellationToken).ConfigureAwait(false);
            await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            ArrayPool<byte>.Shared.Return(frame);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
