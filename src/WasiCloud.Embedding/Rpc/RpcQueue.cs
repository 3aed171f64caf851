using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Rpc;

/// <summary>The calls of one service that wait for a server, or the servers that wait for a call: never both. Guarded by the service's lock.</summary>
/// <param name="options">How many calls, and bytes of them, may wait.</param>
internal sealed class RpcQueue(RpcOptions options)
{
    private readonly LinkedList<RpcCall> _calls = [];
    private readonly LinkedList<RpcAcceptor> _acceptors = [];
    private long _bytes;
    private ArrivalOrder _order;

    /// <summary>The call that has waited longest.</summary>
    public RpcCall? First => _calls.First?.Value;

    /// <summary>
    /// The call that is to be given out next: the first, or when it has waited for long, one whose caller has waited less (<see cref="ArrivalOrder"/>).
    /// </summary>
    /// <param name="firstWaited">How long the first has waited.</param>
    public RpcCall? Next(TimeSpan firstWaited)
    {
        if (_calls.First is not { } first) return null;
        var next = _order.Next(_calls, firstWaited).Value;

        // Nobody waits for calls of one way, so nobody gives up: those keep their order.
        return first.Value.IsOneWay || next.IsOneWay ? first.Value : next;
    }

    /// <summary>A server that does not wait has looked for a call since the last one came.</summary>
    public bool IsAskedFor { get; set; }

    /// <summary>How many calls would be taken at once, or soon.</summary>
    public int Wanted => _calls.Count > 0 ? 0 : Math.Max(_acceptors.Count, IsAskedFor ? 1 : 0);

    /// <summary>Adds a call behind all others, if it has room.</summary>
    public bool TryAdd(RpcCall call)
    {
        if (_calls.Count == options.MaxQueuedCalls || call.Request.Length > options.MaxQueuedBytes - _bytes) return false;
        _calls.AddLast(call.QueueNode);
        Added(call);
        return true;
    }

    /// <summary>Adds a call before all others: it was here already.</summary>
    public void AddFirst(RpcCall call)
    {
        _calls.AddFirst(call.QueueNode);
        Added(call);
    }

    public void Remove(RpcCall call)
    {
        _calls.Remove(call.QueueNode);
        _bytes -= call.Request.Length;
    }

    /// <summary>A server begins to wait.</summary>
    public void Add(RpcAcceptor acceptor) => _acceptors.AddLast(acceptor.Node);

    /// <summary>A server waits no longer.</summary>
    /// <returns>Whether it had waited.</returns>
    public bool Remove(RpcAcceptor acceptor)
    {
        if (acceptor.Node.List is null) return false;
        _acceptors.Remove(acceptor.Node);
        return true;
    }

    /// <summary>Gives a call to the server that has waited longest, if one waits.</summary>
    public RpcAcceptor? TryGive(RpcCall call)
    {
        if (_acceptors.First is not { Value: var acceptor }) return null;
        _acceptors.RemoveFirst();
        acceptor.Call = call;
        call.Phase = RpcPhase.Accepted;
        return acceptor;
    }

    /// <summary>No server waits any longer.</summary>
    /// <returns>Those that had.</returns>
    public List<RpcAcceptor> RemoveServers()
    {
        List<RpcAcceptor> waiting = [.. _acceptors];
        _acceptors.Clear();
        return waiting;
    }

    private void Added(RpcCall call)
    {
        _bytes += call.Request.Length;
        call.Phase = RpcPhase.Queued;
        IsAskedFor = false;
    }
}
