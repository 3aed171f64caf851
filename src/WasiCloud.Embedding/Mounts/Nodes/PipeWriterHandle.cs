using System.Buffers;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Pipes;

namespace WasiCloud.Embedding.Mounts.Nodes;

/// <summary>Writes to a pipe. The only copy is from guest memory into the pipe's segments. A write may accept fewer bytes than it was given.</summary>
internal class PipeWriterHandle(PipeSink sink) : FileHandle
{
    public sealed override bool CanSeek => false;

    internal sealed override bool MayBorrowGuestMemory => true;

    public override async ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
    {
        var error = await sink.ReadyAsync(cancellationToken).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        if (source.Length > sink.MaxWrite) source = source.Slice(0, sink.MaxWrite);
        foreach (var piece in source)
        {
            error = Accept(piece.Span);
            if (error != Errno.Success) return error;
        }

        if (sink.Direct is { } direct) return WriteDirectly(direct, cancellationToken);
        error = sink.Flush();
        if (error == Errno.Success) Accepted();
        return error == Errno.Success ? source.Length : error;
    }

    public override async ValueTask<FsResult<FileReadiness>> PollAsync(FileReadiness interest, CancellationToken cancellationToken)
    {
        if ((interest & FileReadiness.Write) == 0) return interest;
        var error = await sink.ReadyAsync(cancellationToken).ConfigureAwait(false);
        return Ready(error);
    }

    public override async ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        // What was accepted is in the pipe; an application's own writer may still be sending it.
        if (reason == CloseReason.Closed) await sink.ReadyAsync(cancellationToken).ConfigureAwait(false);
        return Errno.Success;
    }

    internal sealed override bool TryWrite(IoVectors source, long offset, out FsResult<int> result)
    {
        result = default;
        if (!sink.IsOwn || !sink.TryReady(out var error)) return false;
        var rest = error == Errno.Success ? Math.Min(source.TotalLength, sink.MaxWrite) : 0;
        var count = rest;
        foreach (ref readonly var vector in source.Vectors)
        {
            if (error != Errno.Success || rest == 0) break;
            var piece = vector.Span;
            if (piece.Length > rest) piece = piece[..rest];
            error = Accept(piece);
            rest -= piece.Length;
        }

        if (error == Errno.Success) error = sink.Flush();
        if (error == Errno.Success) Accepted();
        result = error == Errno.Success ? count : error;
        return true;
    }

    internal sealed override bool TryPoll(FileReadiness interest, out FsResult<FileReadiness> readiness)
    {
        if ((interest & FileReadiness.Write) == 0) readiness = interest;
        else readiness = sink.TryReady(out var error) ? Ready(error) : FileReadiness.None;
        return true;
    }

    /// <summary>Takes bytes, without waiting and flushing.</summary>
    protected virtual Errno Accept(ReadOnlySpan<byte> bytes)
    {
        sink.Write(bytes);
        return Errno.Success;
    }

    /// <summary>Called when what a write brought was taken and is on its way.</summary>
    protected virtual void Accepted()
    {
    }

    private FsResult<long> WriteDirectly(DirectWriter writer, CancellationToken cancellationToken)
    {
        var result = writer.Write(cancellationToken);
        if (!result.TryGet(out var written))
        {
            // Whoever polls is told.
            if (result.Error == Errno.Pipe) sink.Abandon();
            return result.Error;
        }

        Accepted();
        return (long)written;
    }

    private static FileReadiness Ready(Errno error) => error == Errno.Success ? FileReadiness.Write : FileReadiness.Write | FileReadiness.HangUp;
}
