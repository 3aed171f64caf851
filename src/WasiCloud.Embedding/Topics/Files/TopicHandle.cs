using System.Buffers;
using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Topics;

namespace WasiCloud.Embedding.Topics.Files;

/// <summary>Each write publishes one message; each read gives one, or a part of one that is longer than the buffer.</summary>
internal sealed class TopicHandle : FileHandle
{
    private readonly Topic _topic;
    private readonly TopicGuest _guest;
    private readonly TopicPort _port;
    private readonly TopicAccess _access;
    private readonly CancellationTokenRegistration _stopping;
    private readonly CancellationTokenRegistration _leaving;

    // The message that is read next, if it was taken already: messages before it were lost, or it was read in part.
    private SharedMessage? _next;
    private ReadOnlyMemory<byte> _rest;

    public TopicHandle(Topic topic, TopicGuest guest, TopicPort port, TopicAccess access)
    {
        (_topic, _guest, _port, _access) = (topic, guest, port, access);
        if (!Subscribes) return;
        _stopping = guest.Stopping.UnsafeRegister(static port => ((TopicPort)port!).Woken.Set(), port);
        _leaving = guest.ClientLeft.UnsafeRegister(static self => ((TopicHandle)self!).Unsubscribe(), this);
    }

    public override bool CanSeek => false;

    public override long? AvailableBytes => _next is not null ? _rest.Length : Subscribes ? _topic.NextBytes(_port) : 0;

    internal override bool MayBorrowGuestMemory => true;

    internal override bool ClosesSynchronously => true;

    internal override bool MovesMessages => true;

    private bool Subscribes => _access.HasFlag(TopicAccess.Subscribe);

    public override async ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        var error = await WaitForNextAsync(cancellationToken).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        var count = Copy(destination.Span);
        ReleaseIfRead();
        return count;
    }

    public override async ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
    {
        if (source.Length > _topic.Options.MaxMessageBytes) return Errno.MsgSize;
        var message = _topic.Rent();
        message.Begin((int)source.Length);
        try
        {
            await Pieces.CopyAsync(source, message.Writable, cancellationToken).ConfigureAwait(false);
            var outcome = await _topic.PublishAsync(message, _port, cancellationToken).ConfigureAwait(false);
            if (outcome == PublishOutcome.GivenUp) throw new OperationCanceledException(cancellationToken);
            return outcome == PublishOutcome.WaitsForItself ? Errno.DeadLk : source.Length;
        }
        catch (IOException exception) when (exception is not ErrnoException)
        {
            // The transport has told the log.
            return Errno.IO;
        }
        finally
        {
            message.Release();
        }
    }

    /// <summary>The size is what is left of the message that was read in part.</summary>
    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        (FsResult<NodeAttributes>)new NodeAttributes(_rest.Length == _next?.Length ? 0 : (ulong)_rest.Length);

    public override async ValueTask<FsResult<FileReadiness>> PollAsync(FileReadiness interest, CancellationToken cancellationToken)
    {
        while (true)
        {
            _port.Woken.Reset();
            var readiness = Look(interest, _port);
            if (readiness != FileReadiness.None) return readiness;
            await _port.Woken.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        _stopping.Unregister();
        _leaving.Unregister();
        _topic.Remove(_port);
        _next?.Release();
        _guest.Close(_topic);
        return new(Errno.Success);
    }

    // All buffers are one read: else a message would come in one piece if it is there already, and in several if it comes later.
    internal override async ValueTask<FsResult<int>> ScatterAsync(IReadOnlyList<Memory<byte>> destination, CancellationToken cancellationToken)
    {
        var error = await WaitForNextAsync(cancellationToken).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        var count = 0;
        foreach (var buffer in destination)
        {
            count += Copy(buffer.Span);
            if (_rest.IsEmpty) break;
        }

        ReleaseIfRead();
        return count;
    }

    internal override bool TryRead(IoVectors destination, long offset, out FsResult<int> result)
    {
        result = default;
        if (FindNext() is not { } error) return false;
        if (error != Errno.Success)
        {
            result = error;
            return true;
        }

        var count = destination.CopyFrom(_rest.Span);
        _rest = _rest[count..];
        ReleaseIfRead();
        result = count;
        return true;
    }

    internal override bool TryWrite(IoVectors source, long offset, out FsResult<int> result)
    {
        result = Errno.MsgSize;
        var length = source.TotalLength;
        if (length > _topic.Options.MaxMessageBytes) return true;
        var message = _topic.Rent();
        source.CopyTo(message.Begin(length));
        var outcome = _topic.TryPublish(message, _guest.Context);
        message.Release();
        result = length;
        return outcome == PublishOutcome.Published;
    }

    internal override bool TryWriteAtOnce(ReadOnlySequence<byte> source, out FsResult<long> result)
    {
        result = Errno.MsgSize;
        if (source.Length > _topic.Options.MaxMessageBytes) return true;

        // Waits for the transport, which is bounded, whatever the subscribers do.
        if (_topic.IsShared) return false;
        var message = _topic.Rent();
        source.CopyTo(message.Begin((int)source.Length));
        result = _topic.TryPublish(message, _guest.Context) == PublishOutcome.Published ? source.Length : Errno.Again;
        message.Release();
        return true;
    }

    internal override bool TryPoll(FileReadiness interest, out FsResult<FileReadiness> readiness)
    {
        readiness = Look(interest, watcher: null);
        return true;
    }

    private void Unsubscribe()
    {
        _topic.Unsubscribe(_port);
        _port.Woken.Set();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Errno> WaitForNextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            _port.Woken.Reset();
            if (FindNext() is { } error) return error;
            await _port.Woken.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sees to it that there is something to read.</summary>
    /// <returns>An error, or success: then <see cref="_rest"/> is it, empty at the end of the file; <see langword="null"/> if there is nothing yet.</returns>
    private Errno? FindNext()
    {
        if (_next is not null) return Errno.Success;
        _next = _topic.TryTake(_port, out var lost);
        if (_next is null) return _guest.Stopping.IsCancellationRequested ? Errno.Success : null;
        _rest = _next.Memory;
        if (lost == 0) return Errno.Success;

        // Told once, where they are missing, as netlink(7) sockets do.
        _guest.AddLost(_topic, lost);
        return Errno.NoBufs;
    }

    private int Copy(Span<byte> destination)
    {
        var count = Math.Min(_rest.Length, destination.Length);
        _rest.Span[..count].CopyTo(destination);
        _rest = _rest[count..];
        return count;
    }

    private void ReleaseIfRead()
    {
        if (!_rest.IsEmpty) return;
        _next?.Release();
        _next = null;
    }

    private FileReadiness Look(FileReadiness interest, TopicPort? watcher)
    {
        var readiness = FileReadiness.None;
        if ((interest & FileReadiness.Read) != 0 && (!Subscribes || _next is not null || _guest.Stopping.IsCancellationRequested || _topic.HasAny(_port)))
            readiness |= FileReadiness.Read;
        if ((interest & FileReadiness.Write) != 0 && (!_access.HasFlag(TopicAccess.Publish) || _topic.HasRoom(watcher))) readiness |= FileReadiness.Write;
        return readiness;
    }
}
