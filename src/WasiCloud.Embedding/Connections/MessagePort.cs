using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Unicode;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Connections;

/// <summary>
/// The messages of a WebSocket (RFC 6455). Some that have arrived wait for the guest, so that the client's close is seen behind them; more stay with the client
/// until those are taken. Thread-safe.
/// </summary>
internal sealed class MessagePort : ConnectionPort
{
    // Not among the framework's names: "Try Again Later".
    private const WebSocketCloseStatus TryAgainLater = (WebSocketCloseStatus)1013;

    // A client that was told why it is refused soon goes, and reads that before.
    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly WebSocket _socket;
    private readonly TimeProvider _timeProvider;
    private readonly SendTimer _timer;
    private Task _receiving = Task.CompletedTask;
    private volatile bool _isCloseSent;
    private volatile bool _isGone;
    private volatile bool _isFailed;

    // What the guest, or a mistake of the client, wants the connection to be closed with.
    private (WebSocketCloseStatus Status, string Reason)? _wanted;

    public MessagePort(GuestConnection connection, WebSocket socket, TimeProvider timeProvider)
        : base(connection)
    {
        (_socket, _timeProvider) = (socket, timeProvider);
        _timer = new SendTimer(timeProvider, connection.Options.SendTimeout, _socket.Abort);
        Inbox = new MessageInbox(connection.Options.MaxMessageBytes);
    }

    /// <summary>The longest message in either direction, in bytes.</summary>
    public override int Taken => Inbox.Taken;

    public int MaxMessageBytes => Options.MaxMessageBytes;

    /// <summary>What has arrived for the guest.</summary>
    public MessageInbox Inbox { get; }

    /// <summary>Whether writing would be <see cref="Errno.Pipe"/>.</summary>
    public bool IsClosed => _isCloseSent || _isGone || _socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived);

    /// <summary>Begins to receive.</summary>
    public void Start() => _receiving = ReceiveAllAsync();

    /// <summary>Sends one message.</summary>
    /// <param name="message">Its bytes; not empty.</param>
    /// <param name="isText">Whether it is text, which is UTF-8.</param>
    /// <param name="cancellationToken">Leaves only <see cref="GuestConnectionOptions.CloseTimeout"/> for what is being sent, and then breaks the connection: a
    /// part of a message cannot be taken back.</param>
    public async ValueTask<FsResult<long>> SendAsync(ReadOnlySequence<byte> message, bool isText, CancellationToken cancellationToken)
    {
        if (IsClosed) return Errno.Pipe;
        if (message.Length > MaxMessageBytes) return Errno.MsgSize;

        // The socket is the application's. What it is given it may still send when it has said that it has sent it: so this is neither the guest's memory nor
        // anybody's after it.
        var length = (int)message.Length;
        var bytes = GC.AllocateUninitializedArray<byte>(length);
        await Pieces.CopyAsync(message, bytes, cancellationToken).ConfigureAwait(false);
        if (isText && !Utf8.IsValid(bytes)) return Errno.IlSeq;
        try
        {
            var sending = _socket.SendAsync(
                bytes.AsMemory(), isText ? WebSocketMessageType.Text : WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
            await BoundAsync(sending, cancellationToken).ConfigureAwait(false);
            return length;
        }
        catch (Exception exception) when (IsBreak(exception))
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Errno.Pipe;
        }
    }

    /// <summary>The guest closes the connection.</summary>
    /// <param name="status">With which code.</param>
    /// <param name="reason">And which text.</param>
    /// <param name="cancellationToken">As for sending.</param>
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

    public override void ClientClosed()
    {
        _isGone = true;

        // What is being sent will not arrive. What has arrived can still be read.
        _timer.Hurry(TimeSpan.Zero);
        Leave();
    }

    public override void Stop() => Inbox.Stop();

    public override async Task EndAsync(Exception? failure, bool isStopping)
    {
        var (status, reason) = CloseOf(failure, isStopping);
        Inbox.Drain();

        // A client that does not answer the closing, or goes on sending, is not waited for.
        using var patience = new CancellationTokenSource(_isGone ? TimeSpan.Zero : Options.CloseTimeout, _timeProvider);
        using var abort = patience.Token.UnsafeRegister(static socket => ((WebSocket)socket!).Abort(), _socket);
        await SendCloseAsync(status, reason, patience.Token).ConfigureAwait(false);
        await _receiving.ConfigureAwait(false);
        if (_isFailed && !_isGone && Connection.Closed.CanBeCanceled) await LetGoAsync().ConfigureAwait(false);
    }

    public override async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        _socket.Dispose();
        Inbox.ReleaseBuffer();
    }

    protected override void WriteFacts(Utf8JsonWriter json)
    {
        json.WriteString("kind", "messages");
        json.WriteString("protocol", "websocket");
        if (_socket.SubProtocol is { } subProtocol) json.WriteString("subprotocol", subProtocol);
        json.WriteNumber("maxMessageBytes", MaxMessageBytes);
        if (_socket.CloseStatus is not { } status || status == WebSocketCloseStatus.Empty) return;
        json.WriteNumber("closeCode", (int)status);
        json.WriteString("closeReason", _socket.CloseStatusDescription);
    }

    // A socket that is aborted may also say that it was canceled.
    private static bool IsBreak(Exception exception) => exception is WebSocketException or IOException or ObjectDisposedException or OperationCanceledException;

    // A socket that has refused something breaks the connection when it is disposed, as that of ASP.NET Core does, and with it what the server has yet to
    // send: the close frame that says why. When it was sent is not told; that the client has gone is.
    private async Task LetGoAsync()
    {
        var patience = Options.CloseTimeout < LongestFarewell ? Options.CloseTimeout : LongestFarewell;
        await Task.Delay(patience, _timeProvider, Connection.Closed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private (WebSocketCloseStatus Status, string Reason) CloseOf(Exception? failure, bool isStopping)
    {
        if (_wanted is { } wanted) return wanted;
        if (failure is GuestLimitException { Limit: GuestLimit.Concurrency or GuestLimit.Computing or GuestLimit.Queue }) return (TryAgainLater, string.Empty);
        if (failure is OperationCanceledException || (isStopping && failure is null)) return (WebSocketCloseStatus.EndpointUnavailable, string.Empty);
        if (failure is not null) return (WebSocketCloseStatus.InternalServerError, string.Empty);

        // An answer repeats what it answers (RFC 6455 section 5.5.1).
        return _socket.CloseStatus is { } status and not WebSocketCloseStatus.Empty
            ? (status, _socket.CloseStatusDescription ?? string.Empty)
            : (WebSocketCloseStatus.NormalClosure, string.Empty);
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
            await BoundAsync(new ValueTask(_socket.CloseOutputAsync(status, reason, CancellationToken.None)), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (IsBreak(exception))
        {
            _socket.Abort();
            return false;
        }
    }

    // Waits for what the socket sends, for a bounded time.
    private ValueTask BoundAsync(ValueTask sending, CancellationToken cancellationToken)
    {
        return sending.IsCompletedSuccessfully ? default : WaitAsync();

        async ValueTask WaitAsync()
        {
            _timer.Begin();

            // ClientClosed hurries what is being sent; it may have come before this.
            if (_isGone) _timer.Hurry(TimeSpan.Zero);
            try
            {
                using var hurry = cancellationToken.UnsafeRegister(static self => ((MessagePort)self!).Hurry(), this);
                await sending.ConfigureAwait(false);
            }
            finally
            {
                _timer.End();
            }
        }
    }

    private void Hurry() => _timer.Hurry(Options.CloseTimeout);

    private async Task ReceiveAllAsync()
    {
        var isBroken = true;
        try
        {
            while (await ReceiveMessageAsync().ConfigureAwait(false) is { } length)
            {
                await Inbox.GiveAsync(length).ConfigureAwait(false);
                Inbox.ReleaseBuffer();
            }

            isBroken = false;
        }
        catch (Exception exception) when (IsBreak(exception))
        {
            // The guest is told.
            _isFailed = exception is WebSocketException { WebSocketErrorCode: WebSocketError.Faulted };
        }
        finally
        {
            // Also when it throws what no socket does, which EndAsync tells: the guest does not wait for ever.
            Inbox.End(isBroken);
            Leave();
        }
    }

    private async ValueTask<int?> ReceiveMessageAsync()
    {
        while (true)
        {
            // Without a buffer, so that an idle connection holds none.
            if (!Inbox.HasBuffer
                && (await _socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None)
                .ConfigureAwait(false)).MessageType == WebSocketMessageType.Close) return null;
            var length = 0;
            ValueWebSocketReceiveResult result;
            do
            {
                var room = Inbox.Room(length);
                result = await _socket.ReceiveAsync(room, CancellationToken.None).ConfigureAwait(false);
                if (result.Count > room.Length)
                    throw new InvalidOperationException($"{_socket.GetType()} says that it received {result.Count} of {room.Length} bytes.");
                if (result.MessageType == WebSocketMessageType.Close) return null;
                length = Inbox.IsDraining ? 0 : length + result.Count;
                if (FindMistake(result, length) is not { } mistake) continue;
                await RefuseAsync(mistake).ConfigureAwait(false);
                length = 0;
            }
            while (!result.EndOfMessage);
            if (length > 0 && !Inbox.IsDraining) return length;
        }
    }

    private WebSocketCloseStatus? FindMistake(ValueWebSocketReceiveResult result, int length)
    {
        if (length > MaxMessageBytes) return WebSocketCloseStatus.MessageTooBig;
        var isText = result.MessageType == WebSocketMessageType.Text;
        if ((Options.MessageTypes & (isText ? GuestMessageTypes.Text : GuestMessageTypes.Binary)) == 0 && !Inbox.IsDraining)
            return WebSocketCloseStatus.InvalidMessageType;

        // As a whole, however it was cut (RFC 6455 section 5.6). The framework's sockets miss a character that is cut off before an empty last frame.
        return isText && result.EndOfMessage && !Utf8.IsValid(Inbox.Received(length)) ? WebSocketCloseStatus.InvalidPayloadData : null;
    }

    // From here on, what the client sends is not wanted.
    private async ValueTask RefuseAsync(WebSocketCloseStatus status)
    {
        lock (_lock) _wanted = (status, string.Empty);
        Inbox.Refuse();
        Leave();
        await SendCloseAsync(status, string.Empty, CancellationToken.None).ConfigureAwait(false);
    }
}
