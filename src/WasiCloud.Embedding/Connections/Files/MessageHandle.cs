using System.Buffers;
using WasiCloud.Embedding.Connections;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Connections.Files;

/// <summary>Each write sends one message; each read gives one, or a part of one that is longer than the buffer.</summary>
internal sealed class MessageHandle(MessagePort port, bool isText, FileAccess access, ulong modified) : FileHandle
{
    public override bool CanSeek => false;

    public override long? AvailableBytes => IsReader ? port.Inbox.NextBytes : 0;

    internal override bool MayBorrowGuestMemory => true;

    internal override bool ClosesSynchronously => true;

    internal override bool MovesMessages => true;

    private bool IsReader => access.HasFlag(FileAccess.Read);

    public override async ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken) =>
        IsReader ? await port.Inbox.TakeAsync(destination, cancellationToken).ConfigureAwait(false) : Errno.BadF;

    public override async ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken) =>
        access.HasFlag(FileAccess.Write) ? await port.SendAsync(source, isText, cancellationToken).ConfigureAwait(false) : Errno.BadF;

    /// <summary>The size is what is left of the message that was read in part.</summary>
    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        NodeTime.Attributes(modified, port.Inbox.RestBytes);

    public override async ValueTask<FsResult<FileReadiness>> PollAsync(FileReadiness interest, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = port.Inbox.Changed;
            if (Look(interest) is var readiness and not FileReadiness.None) return readiness;
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    internal override bool TryRead(IoVectors destination, long offset, out FsResult<int> result)
    {
        result = Errno.BadF;
        return !IsReader || port.Inbox.TryTake(destination, out result);
    }

    internal override bool TryPoll(FileReadiness interest, out FsResult<FileReadiness> readiness)
    {
        readiness = Look(interest);
        return true;
    }

    // Writing waits for the client for a bounded time, as sockets that are ready for a part of a message do.
    private FileReadiness Look(FileReadiness interest)
    {
        var ready = interest & FileReadiness.Write;
        if ((interest & FileReadiness.Read) != 0 && port.Inbox.IsReady) ready |= FileReadiness.Read;
        return ready != FileReadiness.None && port.IsClosed ? ready | FileReadiness.HangUp : ready;
    }
}
