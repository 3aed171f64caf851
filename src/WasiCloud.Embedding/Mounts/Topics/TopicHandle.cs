using System.Buffers;
using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Topics;

namespace WasiCloud.Embedding.Mounts.Topics;

/// <summary>Each write publishes one message and each read gives one.</summary>
internal sealed class TopicHandle : FileHandle
{
    private readonly Topic _topic;
    private readonly TopicGuest _guest;
    private readonly TopicPort _port;
    private readonly TopicAccess _access;
    private readonly CancellationTokenRegistration _stopping;

    // The message that is read next, if it was taken already: messages before it were lost, or it did not fit.
    private SharedMessage? _next;

    public TopicHandle(Topic topic, TopicGuest guest, TopicPort port, TopicAccess access)
    {
        (_topic, _guest, _port, _access) = (topic, guest, port, access);
        if (Subscribes) _stopping = guest.Stopping.UnsafeRegister(static port => ((TopicPort)port!).Woken.Set(), port);
    }

    public override bool CanSeek => false;

    internal override bool ClosesSynchronously => true;

    private bool Subscribes => _access.HasFlag(TopicAccess.Subscribe);

    public override async ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        var error = await WaitForNextAsync(destination.Length, cancellationToken).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        _next?.Memory.Span.CopyTo(destination.Span);
        return TakeNext();
    }

    public override async ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
    {
        if (Rent(source) is not { } message) return Errno.MsgSize;
        try
        {
            var outcome = await _topic.PublishAsync(message, _port, cancellationToken).ConfigureAwait(false);
            return outcome == PublishOutcome.WaitsForItself ? Errno.DeadLk : source.Length;
        }
        finally
        {
            message.Release();
        }
    }

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
        _topic.Remove(_port);
        _next?.Release();
        _guest.Close();
        return new(Errno.Success);
    }

    // All buffers are one read: else whether a message fits would depend on whether it is there already.
    internal override async ValueTask<FsResult<int>> ScatterAsync(IReadOnlyList<Memory<byte>> destination, CancellationToken cancellationToken)
    {
        var error = await WaitForNextAsync(destination.Sum(buffer => (long)buffer.Length), cancellationToken).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        var rest = _next?.Memory ?? default;
        foreach (var buffer in destination)
        {
            var count = Math.Min(rest.Length, buffer.Length);
            rest.Span[..count].CopyTo(buffer.Span);
            rest = rest[count..];
        }

        return TakeNext();
    }

    internal override bool TryRead(IoVectors destination, long offset, out FsResult<int> result)
    {
        result = default;
        if (FindNext(destination.TotalLength) is not { } error) return false;
        if (_next is not null && error == Errno.Success) destination.CopyFrom(_next.Memory.Span);
        result = error == Errno.Success ? TakeNext() : error;
        return true;
    }

    internal override bool TryWrite(IoVectors source, long offset, out FsResult<int> result)
    {
        result = Errno.MsgSize;
        var length = source.TotalLength;
        if (length > _topic.Options.MaxMessageBytes) return true;
        var message = _topic.Rent();
        source.CopyTo(message.Begin(length));
        var outcome = _topic.TryPublish(message, _guest);
        message.Release();
        result = length;
        return outcome == PublishOutcome.Published;
    }

    internal override bool TryWriteAtOnce(ReadOnlySequence<byte> source, out FsResult<long> result)
    {
        result = Errno.MsgSize;
        if (Rent(source) is not { } message) return true;
        result = _topic.TryPublish(message, _guest) == PublishOutcome.Published ? source.Length : Errno.Again;
        message.Release();
        return true;
    }

    internal override bool TryPoll(FileReadiness interest, out FsResult<FileReadiness> readiness)
    {
        readiness = Look(interest, watcher: null);
        return true;
    }

    private SharedMessage? Rent(in ReadOnlySequence<byte> source)
    {
        if (source.Length > _topic.Options.MaxMessageBytes) return null;
        var message = _topic.Rent();
        source.CopyTo(message.Begin((int)source.Length));
        return message;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Errno> WaitForNextAsync(long room, CancellationToken cancellationToken)
    {
        while (true)
        {
            _port.Woken.Reset();
            if (FindNext(room) is { } error) return error;
            await _port.Woken.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sees to it that there is something to read.</summary>
    /// <returns>An error, or success: then <see cref="_next"/> is it, or missing at the end of the file; <see langword="null"/> if there is nothing yet.</returns>
    private Errno? FindNext(long room)
    {
        if (_next is null)
        {
            // Loss is told once, where messages are missing, as netlink(7) sockets do.
            _next = _topic.TryTake(_port, out var lost);
            if (lost > 0) _guest.AddLost(_topic, lost);
            if (lost > 0) return Errno.NoBufs;
            if (_next is null) return _guest.Stopping.IsCancellationRequested ? Errno.Success : null;
        }

        // As mq_receive(3): it stays, and a larger buffer gets it.
        return _next.Length > room ? Errno.MsgSize : Errno.Success;
    }

    private int TakeNext()
    {
        var length = _next?.Length ?? 0;
        _next?.Release();
        _next = null;
        return length;
    }

    private FileReadiness Look(FileReadiness interest, TopicPort? watcher)
    {
        var readiness = FileReadiness.None;
        if ((interest & FileReadiness.Read) != 0 && (!Subscribes || _next is not null || _guest.Stopping.IsCancellationRequested || _topic.HasAny(_port))) readiness |= FileReadiness.Read;
        if ((interest & FileReadiness.Write) != 0 && (!_access.HasFlag(TopicAccess.Publish) || _topic.HasRoom(watcher))) readiness |= FileReadiness.Write;
        return readiness;
    }
}
