using System.Net.Sockets;

namespace WasiCloud.Embedding;

/// <summary>What one side of a <see cref="ProxiedConnection"/> sends to the other. Thread-safe.</summary>
/// <remarks>It always reads on, so that a sender never waits for room, and the end of what it sent is known whatever becomes of it.</remarks>
internal sealed class ProxiedDirection
{
    private readonly Lock _lock = new();
    private readonly Signal _signal = new();
    private readonly Queue<byte[]> _waiting = new();
    private readonly Socket _source;
    private readonly Socket _destination;
    private Mode _mode;
    private long _sent;
    private long _passed;
    private byte[]? _until;
    private bool _hasEnded;
    private bool _isOver;

    internal ProxiedDirection(Socket source, Socket destination) => (_source, _destination) = (source, destination);

    private enum Mode
    {
        Pass,
        Hold,
        Lose,
    }

    /// <summary>How many bytes the sender has sent.</summary>
    public long Sent => Read(ref _sent);

    /// <summary>How many of them the receiver has been sent.</summary>
    public long Passed => Read(ref _passed);

    /// <summary>Whether nothing will pass any more.</summary>
    public bool IsOver
    {
        get
        {
            lock (_lock) return _isOver;
        }
    }

    /// <summary>How many bytes are held.</summary>
    public long Held
    {
        get
        {
            lock (_lock) return _waiting.Sum(piece => (long)piece.Length);
        }
    }

    /// <summary>Keeps what is sent from now on, the end of it too.</summary>
    public void Hold() => Set(Mode.Hold);

    /// <summary>
    /// Keeps what is sent from the piece on that contains something, the piece included. A piece is what one read of the sender's socket gives: what is sent in
    /// one packet is not divided.
    /// </summary>
    /// <param name="content">Is looked for in single pieces.</param>
    public void HoldFrom(ReadOnlySpan<byte> content)
    {
        lock (_lock) _until = content.ToArray();
    }

    /// <summary>Passes what was held, in its order, and what comes.</summary>
    public void Release() => Set(Mode.Pass);

    /// <summary>Drops what is held and what comes, without a word to either side. The end of what is sent is dropped too.</summary>
    public void Lose() => Set(Mode.Lose);

    /// <summary>Waits until so many bytes are held.</summary>
    public Task WaitForHeldAsync(long bytes = 1, CancellationToken cancellationToken = default) => _signal.WaitAsync(() => Held >= bytes, cancellationToken);

    /// <summary>Waits until what is held contains something, in one piece or over several.</summary>
    public async Task WaitForHeldAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) =>
        await _signal.WaitAsync(() => Holds(content.Span), cancellationToken);

    /// <summary>Waits until the sender has sent so many bytes, whatever has become of them: more than <see cref="Sent"/> says that it has answered.</summary>
    public Task WaitForSentAsync(long bytes, CancellationToken cancellationToken = default) => _signal.WaitAsync(() => Sent >= bytes, cancellationToken);

    /// <summary>Waits until nothing will pass any more: the sender has gone, and all that it sent is delivered or lost.</summary>
    public Task WaitForEndAsync(CancellationToken cancellationToken = default) => _signal.WaitAsync(() => IsOver, cancellationToken);

    /// <summary>
    /// Passes what was held and waits until the receiver's system has it, and its end if the sender has gone. What the receiver makes of it is another
    /// question: ask the receiver.
    /// </summary>
    public async Task DeliverAsync(CancellationToken cancellationToken = default)
    {
        Release();
        await _signal.WaitAsync(() => Held == 0 || IsOver, cancellationToken);
    }

    internal async Task PassAsync()
    {
        var reading = ReadAsync();
        try
        {
            while (await NextAsync() is { } piece)
            {
                await _destination.SendAsync(piece);
                lock (_lock)
                {
                    // Only now: what is held is 0 when all has been sent. It may have been lost meanwhile.
                    if (_waiting.TryPeek(out var first) && first == piece) _waiting.Dequeue();
                    _passed += piece.Length;
                }

                _signal.Raise();
            }

            // The other direction goes on until its own end.
            _destination.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The receiver has gone, or was cut off.
            Lose();
        }

        lock (_lock) _isOver = true;
        _signal.Raise();
        await reading;
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[64 * 1024];
        try
        {
            for (int length; (length = await _source.ReceiveAsync(buffer)) > 0;) Add(buffer.AsSpan(0, length));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The sender has gone, or was cut off; what it had sent is still to be delivered.
        }

        lock (_lock) _hasEnded = true;
        _signal.Raise();
    }

    private void Add(ReadOnlySpan<byte> piece)
    {
        lock (_lock)
        {
            _sent += piece.Length;
            if (_until is not null && piece.IndexOf(_until) >= 0) (_mode, _until) = (Mode.Hold, null);
            if (_mode != Mode.Lose) _waiting.Enqueue(piece.ToArray());
        }

        _signal.Raise();
    }

    // The next piece that may pass, or null at the end; of what is lost, the end comes when the sender has gone, and the receiver is not told.
    private async Task<byte[]?> NextAsync()
    {
        byte[]? next = null;
        await _signal.WaitAsync(() =>
        {
            lock (_lock)
            {
                next = _mode == Mode.Pass ? _waiting.FirstOrDefault() : null;
                return next is not null || (_hasEnded && _mode != Mode.Hold);
            }
        }, CancellationToken.None);
        lock (_lock) return next is null && _mode == Mode.Lose ? throw new SocketException((int)SocketError.ConnectionReset) : next;
    }

    private bool Holds(ReadOnlySpan<byte> content)
    {
        lock (_lock) return _waiting.SelectMany(piece => piece).ToArray().AsSpan().IndexOf(content) >= 0;
    }

    private void Set(Mode mode)
    {
        lock (_lock)
        {
            (_mode, _until) = (mode, null);
            if (mode == Mode.Lose) _waiting.Clear();
        }

        _signal.Raise();
    }

    private long Read(ref long value)
    {
        lock (_lock) return value;
    }
}
