using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Http.Queue;

/// <summary>The host's side of <c>/beta/http</c>: requests that wait, and those that the guest has accepted and not ended. Thread-safe.</summary>
internal sealed class HttpFilePort : IRequestPort, IWorkSource
{
    private readonly Lock _lock = new();
    private readonly ChangeSignal _changed = new();
    private readonly WaitingRequests<DeliveredRequest> _waiting;
    private readonly Dictionary<long, HttpFileTurn> _open = [];
    private long _lastId;

    // The first of those that this guest was given.
    private long _firstId = 1;
    private bool _isStopping;

    public HttpFilePort() => _waiting = new WaitingRequests<DeliveredRequest>(_lock, static request => request, static request => request.IsAbandoned);

    public bool HasToldEnd { get; private set; }

    public int Taken => (int)Volatile.Read(ref _lastId);

    /// <summary>A task that completes when something may be different. Take it before looking.</summary>
    public Task Changed => _changed.Next;

    /// <summary>Whether <see cref="TryAccept"/> would give a request or the end.</summary>
    public bool IsReady
    {
        get
        {
            lock (_lock) return _waiting.Count > 0 || _isStopping;
        }
    }

    /// <summary>How long the line is that tells what <see cref="TryAccept"/> would give, in bytes; 0 if that is the end.</summary>
    public int? NextLineBytes
    {
        get
        {
            lock (_lock) return _waiting.Count > 0 ? HttpName.LineOf(_lastId + 1).Length : _isStopping ? 0 : null;
        }
    }

    /// <summary>What the guest has accepted and not ended, oldest first.</summary>
    public IReadOnlyList<HttpFileTurn> Open
    {
        get
        {
            lock (_lock) return [.. _open.Values.OrderBy(turn => turn.Id)];
        }
    }

    public bool Deliver(DeliveredRequest request)
    {
        lock (_lock)
        {
            if (_isStopping) return false;
            _waiting.Add(request);
        }

        _changed.Raise();
        return true;
    }

    public void Stop()
    {
        lock (_lock) _isStopping = true;
        _changed.Raise();
    }

    public void GuestEnded(Exception failure)
    {
        lock (_lock)
        {
            foreach (var turn in _open.Values.OrderBy(turn => turn.Id))
            {
                if (turn.IsUntouched) _waiting.Add(turn.Delivered);
                else turn.Delivered.Fail(failure);
            }

            _open.Clear();
            _firstId = _lastId + 1;
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
    /// <param name="turn">The request, or <see langword="null"/> if none will come any more.</param>
    /// <returns>Whether the outcome is known.</returns>
    public bool TryAccept(out HttpFileTurn? turn)
    {
        lock (_lock)
        {
            turn = null;
            if (_waiting.Take() is not { } request) return HasToldEnd = _isStopping;
            turn = new HttpFileTurn(++_lastId, request, this);
            _open.Add(turn.Id, turn);
        }

        turn.Begin();
        return true;
    }

    /// <summary>Waits for what <see cref="TryAccept"/> takes.</summary>
    public async ValueTask<HttpFileTurn?> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = Changed;
            if (TryAccept(out var turn)) return turn;
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public HttpFileTurn? Find(long id)
    {
        lock (_lock) return _open.GetValueOrDefault(id);
    }

    /// <summary>Whether the guest was given a request of this number.</summary>
    public bool HasGiven(long id)
    {
        lock (_lock) return id >= _firstId && id <= _lastId;
    }

    /// <summary>The guest is done with a request, or nobody waits for its response any more.</summary>
    public void End(HttpFileTurn turn)
    {
        lock (_lock) _open.Remove(turn.Id);
        turn.Delivered.End();
    }
}
