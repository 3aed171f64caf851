using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Sockets;

/// <summary>A listener on which a guest finds requests, each on a connection of this library's own: nothing here leads to a network. Members for the host's side are thread-safe.</summary>
internal sealed class HttpListenerHandle : ListenerHandle
{
    private readonly Lock _lock = new();
    private readonly Queue<HttpSocketHandle> _waiting = [];

    // Connections that the guest keeps open for further requests. The last one used is the next: its handler is still warm, and the others can time out.
    private readonly List<HttpSocketHandle> _idle = [];
    private readonly ChangeSignal _changed = new();
    private int _open;
    private int _busy;
    private bool _isStopping;
    private bool _isClosed;

    /// <summary>Whether the guest was told that no connection will come any more.</summary>
    public bool HasToldEnd { get; private set; }

    /// <summary>How many requests the guest has not accepted yet.</summary>
    public int WaitingCount
    {
        get
        {
            lock (_lock) return _waiting.Count;
        }
    }

    /// <summary>Gives the guest a request, on an idle connection or a new one.</summary>
    /// <returns>Whether the guest may still see it: it has closed the listener, or was told that nothing will come any more.</returns>
    public bool Deliver(HttpTurn turn)
    {
        lock (_lock)
        {
            if (_isClosed || _isStopping) return false;
            Enqueue(turn);
            return true;
        }
    }

    /// <summary>Nothing more comes: connections that wait for another request are at their end, and so is the listener when no request is in progress.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _isStopping = true;
            foreach (var idle in _idle) idle.End();
            _idle.Clear();
            _changed.Raise();
        }
    }

    /// <summary>A connection has no request any more.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="isKept">Whether another one may come on it.</param>
    public void TurnEnded(HttpSocketHandle socket, bool isKept)
    {
        lock (_lock)
        {
            _busy--;

            // A guest that serves one connection at a time would never come to those that wait.
            if (isKept && !_isStopping && _waiting.Count == 0) _idle.Add(socket);
            else socket.End();
            _changed.Raise();
        }
    }

    /// <summary>The guest closes a connection.</summary>
    /// <param name="socket">The connection.</param>
    /// <returns>The request that was in progress, unless the guest has seen nothing of it and will see it on another connection.</returns>
    public HttpTurn? Close(HttpSocketHandle socket)
    {
        lock (_lock)
        {
            _open--;
            _idle.Remove(socket);
            var turn = socket.TakeTurn();
            if (turn is not null) _busy--;
            if (turn is { IsUntouched: true, IsLast: false } && !_isClosed)
            {
                Enqueue(turn);
                turn = null;
            }

            _changed.Raise();
            return turn;
        }
    }

    public override bool TryAccept(bool isNonBlocking, out FsResult<SocketHandle> connection)
    {
        lock (_lock)
        {
            connection = default;
            if (_waiting.TryDequeue(out var socket))
            {
                _open++;
                connection = socket;
                return true;
            }

            if (!IsAtEnd(isNonBlocking)) return false;
            HasToldEnd = true;
            connection = Errno.Inval;
            return true;
        }
    }

    public override async ValueTask<FsResult<SocketHandle>> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = _changed.Next;
            if (TryAccept(isNonBlocking: false, out var connection)) return connection;
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override async ValueTask<FsResult<FileReadiness>> PollAsync(FileReadiness interest, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = _changed.Next;
            if (IsReady()) return FileReadiness.Read;
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _isClosed = true;
            _changed.Raise();
        }

        return new(Errno.Success);
    }

    internal override bool ClosesSynchronously => true;

    internal override bool TryPoll(FileReadiness interest, out FsResult<FileReadiness> readiness)
    {
        readiness = (interest & FileReadiness.Read) != 0 && IsReady() ? FileReadiness.Read : FileReadiness.None;
        return true;
    }

    private bool IsReady()
    {
        lock (_lock) return _waiting.Count > 0 || IsAtEnd(isNonBlocking: true);
    }

    // A guest that waits here and nowhere else does nothing with the connections that it has left open; one that only looks may.
    private bool IsAtEnd(bool isNonBlocking) => _isStopping && _waiting.Count == 0 && (_open == 0 || (!isNonBlocking && _busy == 0));

    private void Enqueue(HttpTurn turn)
    {
        _busy++;
        if (_idle.Count > 0)
        {
            var socket = _idle[^1];
            _idle.RemoveAt(_idle.Count - 1);
            socket.Begin(turn);
        }
        else
        {
            _waiting.Enqueue(new HttpSocketHandle(this, turn));
        }

        _changed.Raise();
    }
}
