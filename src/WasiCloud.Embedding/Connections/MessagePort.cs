using System.Buffers;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Unicode;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Connections;

/// <summary>The messages of a WebSocket (RFC 6455). One that has arrived waits for the guest; the next stays with the client until that is taken. Thread-safe.</summary>
internal sealed class MessagePort : ConnectionPort
{
    private const int FirstBufferBytes = 4 << 10;

    // Not among the framework's names: "Try Again Later".
    private const WebSocketCloseStatus TryAgainLater = (WebSocketCloseStatus)1013;

    private readonly Lock _lock = new();
    private readonly WebSocket _socket;
    private readonly TimeProvider _timeProvider;
    private readonly SendTimer _timer;
    private readonly ChangeSignal _changed = new();
    private readonly WakeSignal _taken = new();
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private Task _receiving = Task.CompletedTask;
    private bool _isAtEnd;
    private bool _isBroken;
    private bool _isStopping;
    private bool _isDraining;
    private volatile bool _isCloseSent;

    // What the guest, or a mistake of the client, wants the connection to be closed with.
    private (WebSocketCloseStatus Status, string Reason)? _wanted;

    public MessagePort(GuestConnection connection, TimeProvider timeProvider)
        : base(connection)
    {
        (_socket, _timeProvider) = (connection.WebSocket!, timeProvider);
        _timer = new SendTimer(timeProvider, connection.Options.SendTimeout, _socket.Abort);
    }

    /// <summary>The longest message in either direction, in bytes.</summary>
    public int MaxMessageBytes => Options.MaxMessageBytes;

    /// <summary>A task that completes when something may be different. Take it before looking.</summary>
    public Task Changed => _changed.Next;

    /// <summary>Whether reading would not wait.</summary>
    public bool IsReady
    {
        get
        {
            lock (_lock) return _start < _end || IsOver;
        }
    }

    /// <summary>Whether writing would be <see cref="Errno.Pipe"/>.</summary>
    public bool IsClosed => _isCloseSent || _socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived);

    /// <summary>What is left of the message that was read in part, in bytes.</summary>
    public int RestBytes
    {
        get
        {
            lock (_lock) return _start > 0 ? _end - _start : 0;
        }
    }

    private bool IsOver => _isAtEnd || _isStopping;

    /// <summary>Begins to receive.</summary>
    public void Start() => _receiving = ReceiveAllAsync();

    /// <summary>Takes what is there of one message.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="result">How many bytes, 0 at the end, or <see cref="Errno.ConnReset"/> if the connection broke.</param>
    /// <returns>Whether there is something.</returns>
    public bool TryTake(IoVectors destination, out FsResult<int> result)
    {
        lock (_lock)
        {
            var count = destination.CopyFrom(_buffer.AsSpan(_start.._end));
            return Took(count, out result);
        }
    }

    /// <summary>Waits for a message and takes what fits of it.</summary>
    public async ValueTask<FsResult<int>> TakeAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = Changed;
            lock (_lock)
            {
                var count = Math.Min(_end - _start, destination.Length);
                _buffer.AsSpan(_start, count).CopyTo(destination.Span);
                if (Took(count, out var result)) return result;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sends one message.</summary>
    /// <param name="message">Its bytes; not empty.</param>
    /// <param name="isText">Whether it is text, which is UTF-8.</param>
    /// <param name="cancellationToken">Breaks the connection: a part of a message cannot be taken back.</param>
    public async ValueTask<FsResult<long>> SendAsync(ReadOnlySequence<byte> message, bool isText, CancellationToken cancellationToken)
    {
        if (IsClosed) return Errno.Pipe;
        if (message.Length > MaxMessageBytes) return Errno.MsgSize;
        var (length, rented) = ((int)message.Length, default(byte[]));
        if (!message.IsSingleSegment) message.CopyTo(rented = ArrayPool<byte>.Shared.Rent(length));
        var bytes = rented is null ? message.First : rented.AsMemory(0, length);
        try
        {
            if (isText && !Utf8.IsValid(bytes.Span)) return Errno.IlSeq;
            _timer.Begin();
            await _socket.SendAsync(bytes, isText ? WebSocketMessageType.Text : WebSocketMessageType.Binary, endOfMessage: true, cancellationToken).ConfigureAwait(false);
            return length;
        }
        catch (Exception exception) when (IsBreak(exception, cancellationToken))
        {
            return Errno.Pipe;
        }
        finally
        {
            _timer.End();
            if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>The guest closes the connection.</summary>
    /// <param name="status">With which code.</param>
    /// <param name="reason">And which text.</param>
    /// <param name="cancellationToken">Breaks the connection.</param>
    /// <returns><see cref="Errno.Pipe"/> if it is closed already.</returns>
    public async ValueTask<Errno> CloseAsync(WebSocketCloseStatus status, string reason, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (IsClosed) return Errno.Pipe;
            _wanted ??= (status, reason);
        }

        return await SendCloseAsync(status, reason, cancellationToken).ConfigureAwait(false) ? Errno.Success : Errno.Pipe;
    }

    public override void Stop()
    {
        lock (_lock) _isStopping = true;
        _changed.Raise();
    }

    public override async Task EndAsync(Exception? failure, bool isStopping)
    {
        var (status, reason) = CloseOf(failure, isStopping);
        lock (_lock) (_isDraining, _start, _end) = (true, 0, 0);
        _taken.Set();

        // A client that does not answer the closing, or goes on sending, is not waited for.
        using var patience = new CancellationTokenSource(Options.CloseTimeout, _timeProvider);
        using var abort = patience.Token.UnsafeRegister(static socket => ((WebSocket)socket!).Abort(), _socket);
        await SendCloseAsync(status, reason, patience.Token).ConfigureAwait(false);
        await _receiving.ConfigureAwait(false);
    }

    public override async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        _socket.Dispose();
        ReturnBuffer();
    }

    protected override void WriteFacts(Utf8JsonWriter json)
    {
        json.WriteString("kind", "messages");
        json.WriteString("protocol", "websocket");
        if (_socket.SubProtocol is { } subProtocol) json.WriteString("subprotocol", subProtocol);
        json.WriteNumber("maxMessageBytes", MaxMessageBytes);
        if (_socket.CloseStatus is not { } status) return;
        json.WriteNumber("closeCode", (int)status);
        json.WriteString("closeReason", _socket.CloseStatusDescription);
    }

    // A cancellation of the guest is not the client's.
    private static bool IsBreak(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        WebSocketException or IOException or ObjectDisposedException => true,
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        _ => false,
    };

    private bool Took(int count, out FsResult<int> result)
    {
        result = 0;
        if (_start == _end)
        {
            if (_isBroken && !_isStopping) result = Errno.ConnReset;
            return IsOver;
        }

        result = count;
        _start += count;
        if (_start < _end) return true;
        (_start, _end) = (0, 0);
        _taken.Set();
        return true;
    }

    private (WebSocketCloseStatus Status, string Reason) CloseOf(Exception? failure, bool isStopping)
    {
        if (_wanted is { } wanted) return wanted;
        if (failure is GuestLimitException { Limit: GuestLimit.Concurrency or GuestLimit.Queue }) return (TryAgainLater, string.Empty);
        if (failure is OperationCanceledException || (isStopping && failure is null)) return (WebSocketCloseStatus.EndpointUnavailable, string.Empty);
        if (failure is not null) return (WebSocketCloseStatus.InternalServerError, string.Empty);

        // An answer repeats what it answers (RFC 6455 section 5.5.1).
        return _socket.CloseStatus is { } status and not WebSocketCloseStatus.Empty ? (status, _socket.CloseStatusDescription ?? string.Empty) : (WebSocketCloseStatus.NormalClosure, string.Empty);
    }

    private async Task<bool> SendCloseAsync(WebSocketCloseStatus status, string reason, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (IsClosed) return false;
            _isCloseSent = true;
        }

        try
        {
            _timer.Begin();
            await _socket.CloseOutputAsync(status, reason, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (IsBreak(exception, cancellationToken) || exception is OperationCanceledException)
        {
            _socket.Abort();
            return false;
        }
        finally
        {
            _timer.End();
        }
    }

    private async Task ReceiveAllAsync()
    {
        var isBroken = false;
        try
        {
            while (await ReceiveMessageAsync().ConfigureAwait(false) is { } length)
            {
                await GiveAsync(length).ConfigureAwait(false);
                ReturnBuffer();
            }
        }
        catch (Exception exception) when (IsBreak(exception, CancellationToken.None))
        {
            isBroken = true;
        }

        lock (_lock) (_isAtEnd, _isBroken) = (true, isBroken);
        _changed.Raise();
    }

    // The guest gets the message; returns once it has taken all of it.
    private async ValueTask GiveAsync(int length)
    {
        _taken.Reset();
        lock (_lock)
        {
            if (_isDraining) return;
            (_start, _end) = (0, length);
        }

        _changed.Raise();
        await _taken.WaitAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private async ValueTask<int?> ReceiveMessageAsync()
    {
        while (true)
        {
            // Without a buffer, so that an idle connection holds none.
            if (_buffer.Length == 0 && (await _socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None).ConfigureAwait(false)).MessageType == WebSocketMessageType.Close) return null;
            if (_buffer.Length == 0) _buffer = ArrayPool<byte>.Shared.Rent(FirstBufferBytes);
            var length = 0;
            ValueWebSocketReceiveResult result;
            do
            {
                if (length == _buffer.Length) Grow(length);
                result = await _socket.ReceiveAsync(_buffer.AsMemory(length), CancellationToken.None).ConfigureAwait(false);
                if (result.MessageType == WebSocketMessageType.Close) return null;
                length = _isDraining ? 0 : length + result.Count;
                if (FindMistake(result.MessageType, length) is not { } mistake) continue;
                await RefuseAsync(mistake).ConfigureAwait(false);
                length = 0;
            }
            while (!result.EndOfMessage);
            if (length > 0 && !_isDraining) return length;
        }
    }

    private WebSocketCloseStatus? FindMistake(WebSocketMessageType type, int length)
    {
        if (length > MaxMessageBytes) return WebSocketCloseStatus.MessageTooBig;
        var wanted = type == WebSocketMessageType.Text ? GuestMessageTypes.Text : GuestMessageTypes.Binary;
        return (Options.MessageTypes & wanted) == 0 && !_isDraining ? WebSocketCloseStatus.InvalidMessageType : null;
    }

    // From here on, what the client sends is not wanted.
    private async ValueTask RefuseAsync(WebSocketCloseStatus status)
    {
        lock (_lock)
        {
            _wanted = (status, string.Empty);
            (_isDraining, _isAtEnd) = (true, true);
        }

        _changed.Raise();
        await SendCloseAsync(status, string.Empty, CancellationToken.None).ConfigureAwait(false);
    }

    private void ReturnBuffer()
    {
        if (_buffer.Length == 0) return;
        var buffer = _buffer;
        lock (_lock) _buffer = [];
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private void Grow(int length)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * length, MaxMessageBytes + 1L));
        _buffer.AsSpan(0, length).CopyTo(larger);
        Debug.Assert(larger.Length > length, "a message that fills the largest buffer is too long");
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
