using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Http.Sockets;

/// <summary>
/// The host's side of a listener: requests that wait for a connection, and the connections that the guest has. The connections are this library's own and lead
/// to no network. Thread-safe.
/// </summary>
internal sealed class HttpPort : IRequestPort, IWorkSource
{
    private readonly Lock _lock = new();
    private readonly ChangeSignal _changed = new();
    private readonly WaitingRequests<HttpTurn> _waiting;

    // Connections that the guest has accepted and not closed.
    private readonly HashSet<HttpSocketHandle> _open = [];

    // Those of them that wait for another request. The last one used is the next, so that the others stay idle.
    private readonly List<HttpSocketHandle> _idle = [];

    // What the guest had begun when its connections were closed over its head.
    private readonly List<HttpTurn> _lost = [];
    private bool _isStopping;
    private int _taken;

    public HttpPort() => _waiting = new WaitingRequests<HttpTurn>(_lock, static turn => turn.Delivered, static turn => turn.IsAbandoned);

    // Accepted connections, and requests that have ended, after which the next may come on the same connection.
    public int Taken => Volatile.Read(ref _taken);

    public bool HasToldEnd { get; private set; }

    /// <summary>A task that completes when something may be different. Take it before looking.</summary>
    public Task Changed => _changed.Next;

    /// <summary>Whether <see cref="TryAccept"/> would give a connection or the end to a guest that does not wait.</summary>
    public bool IsReady
    {
        get
        {
            lock (_lock) return _waiting.Count > 0 || IsAtEnd(isNonBlocking: true);
        }
    }

    public bool Deliver(DeliveredRequest request) => Deliver(new HttpTurn(request, isLast: false));

    /// <summary>Gives a request to the guest, on a connection that waits for one, or on a new one.</summary>
    public bool Deliver(HttpTurn turn)
    {
        turn.Delivered.Exchange.Response.Begin(ResponseForm.Socket);
        lock (_lock)
        {
            if (_isStopping) return false;
            Enqueue(turn);
            return true;
        }
    }

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

    public void GuestEnded(Exception failure)
    {
        lock (_lock)
        {
            foreach (var socket in _open)
            {
                if (socket.TakeTurn() is { } turn) _lost.Add(turn);
            }

            _open.Clear();
            _idle.Clear();
            foreach (var turn in _lost)
            {
                if (turn.IsUntouched) _waiting.Add(turn);
                else turn.Delivered.Fail(failure);
            }

            _lost.Clear();
        }
    }

    public void Fail(Exception failure)
    {
        lock (_lock)
        {
            _isStopping = true;
            _waiting.Fail(failure);
        }
    }

    /// <summary>Takes what is next.</summary>
    /// <param name="isNonBlocking">Whether the guest goes on if there is nothing.</param>
    /// <param name="connection">The connection, or <see cref="Errno.Inval"/> if none will come any more.</param>
    /// <returns>Whether the outcome is known.</returns>
    public bool TryAccept(bool isNonBlocking, out FsResult<SocketHandle> connection)
    {
        lock (_lock)
        {
            connection = default;
            if (_waiting.Take() is { } turn)
            {
                var socket = new HttpSocketHandle(this);
                socket.Begin(turn);
                _open.Add(socket);
                _taken++;
                connection = socket;
                return true;
            }

            if (!IsAtEnd(isNonBlocking)) return false;
            HasToldEnd = true;
            connection = Errno.Inval;
            return true;
        }
    }

    /// <summary>A connection has no request any more.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="isKept">Whether another one may come on it.</param>
    public void TurnEnded(HttpSocketHandle socket, bool isKept)
    {
        lock (_lock)
        {
            // A guest that serves one connection at a time would never come to those that wait.
            _taken++;
            if (isKept && !_isStopping && _waiting.Count == 0) _idle.Add(socket);
            else socket.End();
            _changed.Raise();
        }
    }

    /// <summary>The guest closes a connection, or it is closed with the guest.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="reason">Which of the two.</param>
    /// <returns>The request that was in progress and ends with the connection.</returns>
    public HttpTurn? Close(HttpSocketHandle socket, CloseReason reason)
    {
        lock (_lock)
        {
            _open.Remove(socket);
            _idle.Remove(socket);
            _changed.Raise();
            if (socket.TakeTurn() is not { } turn) return null;
            if (reason == CloseReason.Abandoned)
            {
                // Who ends a guest tells those who wait for it why.
                _lost.Add(turn);
                return null;
            }

            // Nobody has seen it, so it loses nothing on another connection.
            if (!turn.IsUntouched || turn.IsLast) return turn;
            Enqueue(turn);
            return null;
        }
    }

    // A guest that waits here and nowhere else does nothing with the connections that it has left open; one that only looks may.
    private bool IsAtEnd(bool isNonBlocking) =>
        _isStopping && _waiting.Count == 0 && (_open.Count == 0 || (!isNonBlocking && !_open.Any(socket => socket.IsBusy)));

    private void Enqueue(HttpTurn turn)
    {
        if (_idle.Count > 0)
        {
            var socket = _idle[^1];
            _idle.RemoveAt(_idle.Count - 1);
            socket.Begin(turn);
        }
        else
        {
            _waiting.Add(turn);
            _changed.Raise();
        }
    }
}
