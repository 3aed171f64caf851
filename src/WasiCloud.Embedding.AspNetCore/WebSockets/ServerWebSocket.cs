using System.Net.WebSockets;
using System.Runtime.CompilerServices;

namespace WasiCloud.Embedding.AspNetCore.WebSockets;

/// <summary>
/// The server's side of a WebSocket (RFC 6455), without extensions. Unlike the framework's it tells a close frame without a code from one with 1000, refuses
/// all that section 5 forbids, and leaves the connection to the server when it has refused something, so that the close frame arrives. One may receive while
/// others send. It does not look into text: who takes whole messages can do so once.
/// </summary>
internal sealed class ServerWebSocket : WebSocket
{
    private readonly Lock _lock = new();
    private readonly Stream _stream;
    private readonly Action _abort;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _closeTimeout;
    private readonly FrameReader _reader;
    private readonly FrameWriter _writer;
    private readonly KeepAlive _keepAlive;
    private bool _isCloseSent;
    private bool _isCloseReceived;
    private bool _isAborted;
    private bool _isDisposed;

    // What the client has closed it with. A reference, so that others see all of it or nothing.
    private volatile Closing? _closing;

    // The receiver's: the message and the frame that were begun.
    private WebSocketMessageType _type;
    private bool _isInMessage;
    private bool _isInFrame;
    private FrameHeader _frame;
    private long _position;

    // The sender's.
    private bool _isFragmentSent;

    /// <summary>Begins after the handshake.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="abort">Breaks it.</param>
    /// <param name="subProtocol">The subprotocol that was agreed on.</param>
    /// <param name="keepAlive">How often a silent client is asked whether it is there, and how long it may take to answer.</param>
    /// <param name="closeTimeout">How long a client may take to accept the close frame by which it is refused.</param>
    /// <param name="timeProvider">The clock.</param>
    public ServerWebSocket(
        Stream stream, Action abort, string? subProtocol, (TimeSpan Interval, TimeSpan Timeout) keepAlive, TimeSpan closeTimeout, TimeProvider timeProvider)
    {
        (_stream, _abort, SubProtocol, _closeTimeout, _timeProvider) = (stream, abort, subProtocol, closeTimeout, timeProvider);
        _reader = new FrameReader(stream, Received);
        _writer = new FrameWriter(stream);
        _keepAlive = new KeepAlive(timeProvider, keepAlive.Interval, keepAlive.Timeout, () => _reader.IsReading, () => _ = PingAsync(), Abort);
    }

    public override WebSocketCloseStatus? CloseStatus => _closing?.Status;

    public override string? CloseStatusDescription => _closing?.Reason;

    public override string? SubProtocol { get; }

    public override WebSocketState State
    {
        get
        {
            lock (_lock)
            {
                if (_isAborted) return WebSocketState.Aborted;
                if (_isDisposed) return WebSocketState.Closed;
                return (_isCloseSent, _isCloseReceived) switch
                {
                    (true, true) => WebSocketState.Closed,
                    (true, false) => WebSocketState.CloseSent,
                    (false, true) => WebSocketState.CloseReceived,
                    _ => WebSocketState.Open,
                };
            }
        }
    }

    private bool MaySend => State is WebSocketState.Open or WebSocketState.CloseReceived;

    public override void Abort()
    {
        lock (_lock)
        {
            if (_isAborted || _isDisposed) return;
            _isAborted = true;
        }

        _keepAlive.Dispose();
        _abort();
    }

    /// <summary>Lets go of the connection, which is the server's: it sends what is left to be sent.</summary>
    public override void Dispose()
    {
        lock (_lock) _isDisposed = true;
        _keepAlive.Dispose();
        _writer.Dispose();
        _stream.Dispose();
    }

    public override async Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken)
    {
        if (MaySend) await CloseOutputAsync(closeStatus, statusDescription, cancellationToken).ConfigureAwait(false);
        var dropped = new byte[1024];
        while (State == WebSocketState.CloseSent) await ReceiveAsync(dropped.AsMemory(), cancellationToken).ConfigureAwait(false);
    }

    public override async Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken)
    {
        var payload = CloseFrame.Write(closeStatus, statusDescription);
        if (!TryBeginClose()) throw new WebSocketException(WebSocketError.InvalidState, "The WebSocket is closed.");
        await WriteAsync(FrameOpcode.Close, isFinal: true, payload, cancellationToken).ConfigureAwait(false);
    }

    public override Task SendAsync(ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) =>
        SendAsync(buffer.AsMemory(), messageType, endOfMessage, cancellationToken).AsTask();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask SendAsync(
        ReadOnlyMemory<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken)
    {
        if (!MaySend) throw new WebSocketException(WebSocketError.InvalidState, "The WebSocket is closed.");
        var opcode = _isFragmentSent ? FrameOpcode.Continuation : messageType == WebSocketMessageType.Text ? FrameOpcode.Text : FrameOpcode.Binary;
        _isFragmentSent = !endOfMessage;
        await WriteAsync(opcode, endOfMessage, buffer, cancellationToken).ConfigureAwait(false);
    }

    public override async Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken)
    {
        var result = await ReceiveAsync(buffer.AsMemory(), cancellationToken).ConfigureAwait(false);
        return result.MessageType == WebSocketMessageType.Close
            ? new(result.Count, result.MessageType, result.EndOfMessage, CloseStatus, CloseStatusDescription)
            : new(result.Count, result.MessageType, result.EndOfMessage);
    }

    /// <summary>What the client may not send is answered with a close frame, and thrown as <see cref="WebSocketError.Faulted"/>.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (State is not (WebSocketState.Open or WebSocketState.CloseSent))
            throw new WebSocketException(WebSocketError.InvalidState, "The client has closed the WebSocket.");
        using var registration = cancellationToken.UnsafeRegister(static self => ((ServerWebSocket)self!).Abort(), this);
        try
        {
            while (!_isInFrame)
            {
                if (await _reader.ReadHeaderAsync(cancellationToken).ConfigureAwait(false) is not { } frame || !IsInPlace(frame))
                    throw await FailAsync(WebSocketCloseStatus.ProtocolError).ConfigureAwait(false);
                if (!frame.IsControl) BeginFrame(frame);
                else if (await TakeControlAsync(frame, cancellationToken).ConfigureAwait(false)) return new(0, WebSocketMessageType.Close, endOfMessage: true);
            }

            var count = (int)Math.Min(buffer.Length, _frame.Length - _position);
            if (count > 0) count = await ReadPayloadAsync(buffer[..count], cancellationToken).ConfigureAwait(false);
            _isInFrame = _position < _frame.Length;
            var isEnd = !_isInFrame && _frame.IsFinal;
            if (isEnd) _isInMessage = false;
            return new(count, _type, isEnd);
        }
        catch (IOException exception)
        {
            Abort();
            throw new WebSocketException(WebSocketError.ConnectionClosedPrematurely, exception);
        }
    }

    // Fragments are not interleaved (section 5.4).
    private bool IsInPlace(FrameHeader frame) => frame.IsControl || (frame.Opcode == FrameOpcode.Continuation) == _isInMessage;

    private void BeginFrame(FrameHeader frame)
    {
        if (!_isInMessage) _type = frame.Opcode == FrameOpcode.Text ? WebSocketMessageType.Text : WebSocketMessageType.Binary;
        (_isInMessage, _isInFrame, _frame, _position) = (true, true, frame, 0);
    }

    private async ValueTask<int> ReadPayloadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        var count = await _reader.ReadPayloadAsync(destination, cancellationToken).ConfigureAwait(false);
        FrameMask.Apply(destination.Span[..count], _frame.Mask, _position);
        _position += count;
        return count;
    }

    // Whether it was a close frame.
    private async ValueTask<bool> TakeControlAsync(FrameHeader frame, CancellationToken cancellationToken)
    {
        var payload = await _reader.ReadControlAsync(frame, cancellationToken).ConfigureAwait(false);
        if (frame.Opcode == FrameOpcode.Close)
        {
            if (CloseFrame.FindMistake(payload.Span, out var status, out var reason) is { } mistake) throw await FailAsync(mistake).ConfigureAwait(false);
            _closing = new(status, reason);
            lock (_lock) _isCloseReceived = true;
            return true;
        }

        // The payload is in the reader's buffer, which nobody else uses until this has returned.
        if (frame.Opcode == FrameOpcode.Ping && State == WebSocketState.Open)
            await WriteAsync(FrameOpcode.Pong, isFinal: true, payload, cancellationToken).ConfigureAwait(false);
        return false;
    }

    // Fails the connection (section 7.1.7): says why, as far as the client listens, and takes nothing more.
    private async ValueTask<WebSocketException> FailAsync(WebSocketCloseStatus status)
    {
        if (TryBeginClose())
        {
            using var patience = new CancellationTokenSource(_closeTimeout, _timeProvider);
            using var registration = patience.Token.UnsafeRegister(static self => ((ServerWebSocket)self!).Abort(), this);
            await WriteAsync(FrameOpcode.Close, isFinal: true, CloseFrame.Write(status, reason: null), CancellationToken.None).ConfigureAwait(false);
        }

        lock (_lock) _isCloseReceived = true;
        return new WebSocketException(WebSocketError.Faulted, $"The client sent what it may not send; the WebSocket was closed with {(int)status}.");
    }

    private bool TryBeginClose()
    {
        lock (_lock)
        {
            if (_isCloseSent || _isAborted || _isDisposed) return false;
            return _isCloseSent = true;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteAsync(FrameOpcode opcode, bool isFinal, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        try
        {
            await _writer.WriteAsync(opcode, isFinal, payload, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            Abort();
            throw new WebSocketException(WebSocketError.ConnectionClosedPrematurely, exception);
        }
        catch (OperationCanceledException)
        {
            // A part of a frame cannot be taken back.
            Abort();
            throw;
        }
    }

    private void Received() => _keepAlive.Received();

    private async Task PingAsync()
    {
        try
        {
            if (State == WebSocketState.Open) await WriteAsync(FrameOpcode.Ping, isFinal: true, default, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            // Who receives finds out as well.
        }
    }

    private sealed record Closing(WebSocketCloseStatus Status, string Reason);
}
