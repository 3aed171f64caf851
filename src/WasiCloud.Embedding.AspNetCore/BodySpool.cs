using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>Reads bodies of unknown length as a whole for guests that are told the length. One for all requests of an endpoint. Thread-safe.</summary>
/// <param name="maxBytes">How long one body may be.</param>
internal sealed class BodySpool(int maxBytes)
{
    // What an endpoint holds, so many times as much as one body may have: beyond it, requests are refused.
    private const int MaxBodies = 64;

    private long _held;

    /// <summary>Reads a body. What was read of one that is refused is left to the server.</summary>
    /// <param name="body">The body.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="IOException">The client is gone, or the body is malformed.</exception>
    public async ValueTask<SpooledBody> ReadAsync(PipeReader body, CancellationToken cancellationToken)
    {
        if (maxBytes == 0) return new SpooledBody(StatusCodes.Status411LengthRequired);
        var content = new ArrayBufferWriter<byte>();
        var (held, isRead) = (0, false);
        try
        {
            while (true)
            {
                var read = await body.ReadAsync(cancellationToken).ConfigureAwait(false);
                var problem = TryHold(read.Buffer.Length, content, ref held);
                if (problem == 0)
                {
                    foreach (var segment in read.Buffer) content.Write(segment.Span);
                }

                body.AdvanceTo(read.Buffer.End);
                if (problem != 0) return new SpooledBody(problem);
                if (!read.IsCompleted) continue;
                isRead = true;
                return new SpooledBody(0, content.WrittenMemory, held);
            }
        }
        finally
        {
            if (!isRead) Release(held);
        }
    }

    /// <summary>A body is not used any more.</summary>
    public void Release(int held) => Interlocked.Add(ref _held, -held);

    // The content doubles when it grows.
    private int TryHold(long count, ArrayBufferWriter<byte> content, ref int held)
    {
        if (count > maxBytes - content.WrittenCount) return StatusCodes.Status413PayloadTooLarge;
        var more = (2 * (content.WrittenCount + (int)count)) - held;
        if (more <= 0) return 0;
        held += more;
        return Interlocked.Add(ref _held, more) > (long)MaxBodies * maxBytes ? StatusCodes.Status503ServiceUnavailable : 0;
    }
}

/// <summary>A body that was read, or why it was not.</summary>
/// <param name="Problem">The status to refuse the request with, or 0.</param>
/// <param name="Content">The body.</param>
/// <param name="Held">What to release, in bytes.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SpooledBody(int Problem, ReadOnlyMemory<byte> Content = default, int Held = 0);
