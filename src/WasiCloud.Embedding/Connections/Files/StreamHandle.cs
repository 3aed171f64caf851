using System.Buffers;
using WasiCloud.Embedding.Connections;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Connections.Files;

/// <summary>One or both directions of a stream. The pipes are foreign code: nothing but what was received already is moved on the guest's stack.</summary>
internal sealed class StreamHandle(StreamPort port, FileAccess access) : FileHandle
{
    public override bool CanSeek => false;

    public override long? AvailableBytes => IsReader ? port.Input.AvailableBytes : 0;

    internal override bool MayBorrowGuestMemory => true;

    private bool IsReader => access.HasFlag(FileAccess.Read);

    private bool IsWriter => access.HasFlag(FileAccess.Write);

    public override async ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        if (!IsReader) return Errno.BadF;
        var error = await FillAsync(cancellationToken).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        return port.Input.IsReady ? await port.Input.TakeAsync(destination, cancellationToken).ConfigureAwait(false) : 0;
    }

    public override async ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
    {
        if (!IsWriter) return Errno.BadF;
        var error = await port.ReadyAsync(cancellationToken).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        if (source.Length > port.Output.MaxWrite) source = source.Slice(0, port.Output.MaxWrite);
        foreach (var piece in source) port.Output.Write(piece.Span);
        error = port.Output.Flush();
        return error == Errno.Success ? source.Length : error;
    }

    public override async ValueTask<FsResult<FileReadiness>> PollAsync(FileReadiness interest, CancellationToken cancellationToken)
    {
        if (TryPoll(interest, out var ready) && ready.Value != FileReadiness.None) return ready;
        using var losers = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = Wants(interest, FileReadiness.Read) ? FillAsync(losers.Token).AsTask() : Task.Delay(Timeout.Infinite, losers.Token);
        var writing = Wants(interest, FileReadiness.Write) ? port.ReadyAsync(losers.Token).AsTask() : Task.Delay(Timeout.Infinite, losers.Token);
        await Task.WhenAny(reading, writing).ConfigureAwait(false);
        await losers.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(reading, writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();

        // A broken connection is ready too: the call that follows tells the error.
        return (reading.IsCompletedSuccessfully ? FileReadiness.Read : FileReadiness.None)
            | (writing.IsCompletedSuccessfully ? FileReadiness.Write : FileReadiness.None);
    }

    public override async ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        if (IsReader) port.Input.Release();
        return IsWriter && reason == CloseReason.Closed ? await port.ShutAsync(cancellationToken).ConfigureAwait(false) : Errno.Success;
    }

    internal override bool TryRead(IoVectors destination, long offset, out FsResult<int> result)
    {
        result = Errno.BadF;
        return !IsReader || port.Input.TryTake(destination, out result);
    }

    internal override bool TryPoll(FileReadiness interest, out FsResult<FileReadiness> readiness)
    {
        var ready = FileReadiness.None;
        if (Wants(interest, FileReadiness.Read) && (!IsReader || port.Input.IsReady || port.Stopping.IsCancellationRequested)) ready |= FileReadiness.Read;
        if (Wants(interest, FileReadiness.Write) && (!IsWriter || port.Output.TryReady(out _))) ready |= FileReadiness.Write;
        readiness = port.Output.IsBroken && ready != FileReadiness.None ? ready | FileReadiness.HangUp : ready;
        return true;
    }

    private static bool Wants(FileReadiness interest, FileReadiness what) => (interest & what) != 0;

    // Until something is there to be read, or nothing more will be.
    private async ValueTask<Errno> FillAsync(CancellationToken cancellationToken)
    {
        if (port.Input.IsReady || port.Stopping.IsCancellationRequested) return Errno.Success;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, port.Stopping);
        try
        {
            return await port.Input.FillAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Errno.Success;
        }
    }
}
