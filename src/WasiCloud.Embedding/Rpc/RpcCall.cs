using System.Buffers;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Rpc;

/// <summary>Where a call is.</summary>
internal enum RpcPhase
{
    /// <summary>The caller writes the request.</summary>
    Writing,

    /// <summary>No server has seen it yet.</summary>
    Queued,

    /// <summary>A server, and it alone, has it.</summary>
    Accepted,

    /// <summary>There is an outcome, or nobody waits for one.</summary>
    Done,
}

/// <summary>One call. Used again for the next when neither the caller nor the server needs it any more.</summary>
/// <remarks>
/// The request is the caller's until it is sent and the server's to read from then on; the response is the server's until <see cref="Completed"/> is set, and
/// the caller's from then on.
/// </remarks>
internal sealed class RpcCall
{
    private readonly RpcOptions _options;
    private CancellationTokenSource? _cancellation;
    private int _holders;
    private bool _isDone;
    private bool _isGivenAway;

    public RpcCall(RpcService service, RpcOptions options)
    {
        (Service, _options) = (service, options);
        (Request, Response) = (new PayloadBuffer(options.MaxRequestBytes), new PayloadBuffer(options.MaxResponseBytes));
        (QueueNode, TimedNode) = (new LinkedListNode<RpcCall>(this), new LinkedListNode<RpcCall>(this));
    }

    public RpcService Service { get; }

    public PayloadBuffer Request { get; private set; }

    public PayloadBuffer Response { get; private set; }

    /// <summary>Set when there is an outcome. The caller waits for it.</summary>
    public WakeSignal Completed { get; } = new();

    /// <summary>Its place among the calls that no server has seen. Guarded by the service, as are all setters.</summary>
    public LinkedListNode<RpcCall> QueueNode { get; }

    /// <summary>Its place among the calls that have a deadline.</summary>
    public LinkedListNode<RpcCall> TimedNode { get; }

    /// <summary>The guest that calls, if it is one.</summary>
    public InvocationContext? Caller { get; private set; }

    public RpcPhase Phase { get; set; }

    /// <summary>When the request was complete, by the host's clock.</summary>
    public long SentAt { get; set; }

    /// <summary>Whether the caller wants no response.</summary>
    public bool IsOneWay { get; set; }

    /// <summary>Why there is no response; <see langword="null"/> if there is one.</summary>
    public RpcError? Outcome { get; set; }

    /// <summary>Whether nobody waits for the response: it is there, its time is over, or the caller has gone.</summary>
    public bool IsDone => Volatile.Read(ref _isDone);

    /// <summary>The services of the call, if its handler is a function of the application. Kept for the next call.</summary>
    public RpcScope? Scope { get; set; }

    /// <summary>Tells a handler that nobody waits.</summary>
    public CancellationToken HandlerToken => (_cancellation ??= new CancellationTokenSource()).Token;

    /// <summary>Begins a call, which its caller holds.</summary>
    public void Begin(InvocationContext? caller) => (Caller, Phase, _isDone, IsOneWay, Outcome, _holders) = (caller, RpcPhase.Writing, false, false, null, 1);

    public void Finish(RpcError? outcome)
    {
        (Phase, Outcome) = (RpcPhase.Done, outcome);
        Volatile.Write(ref _isDone, true);
    }

    /// <summary>Waits for the outcome of a call that was sent.</summary>
    /// <param name="response">Takes the response, as a whole.</param>
    /// <param name="cancellationToken">The caller waits no longer.</param>
    /// <exception cref="RpcException">There is no response.</exception>
    public async ValueTask WaitAsync(IBufferWriter<byte> response, CancellationToken cancellationToken)
    {
        try
        {
            await Completed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Service.Abandon(this);
            throw;
        }

        if (Outcome is { } error) throw new RpcException(error, $"The service '{Service.Name}' gave no response: {error}.");
        foreach (var piece in Response.AsSequence()) response.Write(piece.Span);
    }

    /// <summary>
    /// Code that is not this library's is given both messages, and may still read the one and write the other when it has said that it is done, because it
    /// could not cancel what it began (<c>stream.ReadAsync(response.GetMemory()).AsTask().WaitAsync(cancellationToken)</c>): they are never another call's.
    /// </summary>
    public void GiveAway()
    {
        _isGivenAway = true;
        Response.IsPooled = false;
    }

    /// <summary>One more needs it.</summary>
    public void Hold() => Interlocked.Increment(ref _holders);

    /// <summary>One fewer needs it.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) > 0) return;
        if (_isGivenAway)
        {
            (Request, Response) = (new PayloadBuffer(_options.MaxRequestBytes), new PayloadBuffer(_options.MaxResponseBytes));
        }
        else
        {
            Request.Clear();
            Response.Clear();
        }

        _isGivenAway = false;
        Completed.Reset();
        Caller = null;
        if (_cancellation?.TryReset() == false)
        {
            _cancellation.Dispose();
            _cancellation = null;
        }

        Service.Return(this);
    }

    /// <summary>Tells the handler that nobody waits. Runs the application's code.</summary>
    public void CancelHandler() => _cancellation?.Cancel();
}
