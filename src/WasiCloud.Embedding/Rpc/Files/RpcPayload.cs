using System.Buffers;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Rpc;

namespace WasiCloud.Embedding.Rpc.Files;

/// <summary>Bytes between guest memory and a message: one copy in, one copy out.</summary>
internal static class RpcPayload
{
    /// <summary>Writes at the end of a message.</summary>
    /// <returns>How much was written: all of it, or nothing and <see cref="Errno.MsgSize"/>.</returns>
    public static FsResult<int> Write(PayloadBuffer message, IoVectors source)
    {
        var count = source.TotalLength;
        if (!message.HasRoom(count)) return Errno.MsgSize;
        source.CopyTo(message.GetSpan(count));
        message.Advance(count);
        return count;
    }

    /// <summary>Writes at the end of a message.</summary>
    /// <returns>As above.</returns>
    public static async ValueTask<FsResult<long>> WriteAsync(PayloadBuffer message, ReadOnlySequence<byte> source, CancellationToken cancellationToken)
    {
        if (!message.HasRoom(source.Length)) return Errno.MsgSize;
        for (var rest = source; !rest.IsEmpty;)
        {
            var piece = rest.Slice(0, Math.Min(rest.Length, TransferSize.PieceBytes));
            foreach (var memory in piece) message.Write(memory.Span);
            rest = rest.Slice(piece.End);
            if (!rest.IsEmpty) await Pieces.PauseAsync(cancellationToken).ConfigureAwait(false);
        }

        return source.Length;
    }

    /// <summary>Reads on in a message.</summary>
    /// <returns>How much was read, at the end 0.</returns>
    public static int Read(ref ReadOnlySequence<byte> rest, IoVectors destination)
    {
        if (rest.IsEmpty) return 0;
        var count = destination.CopyFrom(rest.FirstSpan);
        rest = rest.Slice(count);
        return count;
    }

    /// <summary>Reads on in a message.</summary>
    /// <returns>As above.</returns>
    public static int Read(ref ReadOnlySequence<byte> rest, Span<byte> destination)
    {
        var count = (int)Math.Min(rest.Length, destination.Length);
        rest.Slice(0, count).CopyTo(destination);
        rest = rest.Slice(count);
        return count;
    }
}
