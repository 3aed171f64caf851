using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Rpc;

/// <summary>
/// One service: the calls that wait, the servers that wait, and the calls that are under way. Thread-safe; one lock guards it and the state of its calls.
/// </summary>
/// <remarks>Calls are given out in the order in which they were sent, each to one server: to none of those that come later, whatever becomes of it.</remarks>
internal sealed class RpcService : ISharedRpcService, IDisposable
{
    private readonly Lock _lock = new();
    private readonly RpcOptions _options;
    private readonly RpcHandling _handling;
    private readonly ChangeSignal _changed = new();
    private readonly RpcDeadlines _deadlines;
    private readonly RpcQueue _queue;
    private readonly RpcHandled _handled;
    private readonly RpcAcceptance _acceptance;
    private readonly RpcCallPool _calls;
    private readonly RpcService? _origin;
    private readonly RpcParts? _parts;
    private int _servers;

    public RpcService(string name, RpcAccess access, RpcHandler? handler, IRpcTransport? transport, RpcOptions options, TimeProvider timeProvider,
        ILogger logger, IServiceScopeFactory? scopes = null, RpcService? origin = null, RpcParts? parts = null)
    {
        (_origin, _parts) = (origin, parts);
        (Name, Access, HasHandler, IsShared, _options) = (name, access, handler is not null, transport is not null, options);
        (_handling, _queue, _handled) = (new RpcHandling(this, handler, transport, logger, scopes), new RpcQueue(options), new RpcHandled(options));
        _calls = new RpcCallPool(this, options);
        _deadlines = new RpcDeadlines(options.CallTimeout, timeProvider, Expire);
        _acceptance = new RpcAcceptance(_lock, _queue, _deadlines, Announce, Expire);
    }

    public string Name { get; }

    /// <summary>The service as it was added, if this is a tenant's part of it; otherwise this.</summary>
    public RpcService Origin => _origin ?? this;

    /// <summary>Whose part it is; <see langword="null"/> if it is none.</summary>
    public string? Tenant { get; private init; }

    /// <summary>Whether it was stopped.</summary>
    public bool IsStopped
    {
        get { lock (_lock) return _acceptance.IsStopped; }
    }

    /// <summary>What guests may do that have no grants of their own.</summary>
    public RpcAccess Access { get; }

    public RpcOptions Options => _options;

    /// <summary>Whether other processes may call it, or serve it.</summary>
    public bool IsShared { get; }

    /// <summary>Whether the application serves it, and guests cannot.</summary>
    public bool HasHandler { get; }

    /// <summary>Whether a call would not be refused at once.</summary>
    public bool HasServer
    {
        get { lock (_lock) return CanBeServedHere || CanBeForwarded; }
    }

    public bool HasLocalServer
    {
        get { lock (_lock) return CanBeServedHere; }
    }

    public int IdleServers
    {
        get
        {
            lock (_lock)
            {
                if (!CanBeServedHere) return 0;
                return HasHandler ? _handled.Room : _queue.Wanted;
            }
        }
    }

    public Task Changed => _changed.Next;

    /// <summary>Guests that serve, now or between two calls.</summary>
    public int ServerCount
    {
        get { lock (_lock) return _servers; }
    }

    private bool CanBeServedHere => !_acceptance.IsStopped && (HasHandler || _servers > 0);

    // Servers of this process come first: a call to them is a hundred times faster.
    private bool CanBeForwarded => !_acceptance.IsStopped && IsShared && !HasHandler && _servers == 0;

    /// <summary>Makes what a tenant has of a service. Its name, by which other processes know it, is none that a service can be added with.</summary>
    public static RpcService PartOf(
        RpcService origin, string tenant, RpcParts parts, RpcHandler? handler, IRpcTransport? transport, TimeProvider timeProvider, ILogger logger,
        IServiceScopeFactory? scopes) => new(
            origin.Name + "/" + TenantName.ToFileName(tenant), origin.Access, handler, transport, origin.Options, timeProvider, logger, scopes, origin, parts)
        {
            Tenant = tenant,
        };

    /// <inheritdoc cref="RpcCallPool.Rent"/>
    public RpcCall Rent(InvocationContext? caller)
    {
        _parts?.Hold(this);
        return _calls.Rent(caller);
    }

    /// <inheritdoc cref="RpcCallPool.Return"/>
    public void Return(RpcCall call)
    {
        _calls.Return(call);
        _parts?.Release(this);
    }

    /// <summary>Sends a request that is complete. May run the handler, up to where it waits.</summary>
    /// <param name="call">The call.</param>
    /// <param name="isOneWay">Whether nobody will wait for the response.</param>
    /// <param name="mayForward">Whether a server of another process may answer.</param>
    /// <returns>Whether it is under way; if not, it is refused.</returns>
    public bool TrySend(RpcCall call, bool isOneWay, bool mayForward = true)
    {
        RpcAcceptor? acceptor;
        bool isForwarded, isQueued;
        lock (_lock)
        {
            isForwarded = mayForward && CanBeForwarded;
            isQueued = !HasHandler && !isForwarded;
            if (!isForwarded && !CanBeServedHere) return false;
            if (!isQueued && !_handled.HasRoomFor(call)) return false;
            acceptor = isQueued ? _queue.TryGive(call) : null;
            if (isQueued && acceptor is null && !_queue.TryAdd(call)) return false;
            call.IsOneWay = isOneWay;
            call.Hold();
            if (!isQueued) _handled.Add(call);

            // Nobody waits for the outcome of one that a guest has already.
            if (!isOneWay || acceptor is null) _deadlines.Add(call);
        }

        acceptor?.Woken.Set();
        if (isQueued) return true;

        // Calls of other processes come one after another from one loop, which a handler must not keep.
        if (mayForward) _ = HandleAsync(call, isForwarded);
        else _ = Task.Run(() => HandleAsync(call, isForwarded).AsTask());
        return true;
    }

    public async ValueTask ServeAsync(ReadOnlySequence<byte> request, IBufferWriter<byte>? response, CancellationToken cancellationToken)
    {
        var call = Rent(caller: null);
        try
        {
            foreach (var piece in request) call.Request.Write(piece.Span);
            if (!TrySend(call, isOneWay: response is null, mayForward: false)) throw Refused(Name);
            if (response is not null) await call.WaitAsync(response, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            call.Release();
        }
    }

    /// <summary>What a caller of a service without a server is told.</summary>
    public static RpcException Refused(string service) => new(RpcError.Refused, $"The service '{service}' has no server, or too many calls wait for it.");

    /// <summary>The server has answered, or failed.</summary>
    /// <param name="call">A call that it accepted.</param>
    /// <param name="outcome">Why there is no response, or <see langword="null"/>.</param>
    /// <returns>Whether somebody still waited, or never did.</returns>
    public bool Complete(RpcCall call, RpcError? outcome)
    {
        lock (_lock)
        {
            if (call.Phase == RpcPhase.Done) return false;
            Finish(call, outcome);
        }

        call.Completed.Set();
        return true;
    }

    /// <summary>The caller waits no longer. May run code of the handler.</summary>
    public void Abandon(RpcCall call)
    {
        bool wasQueued;
        lock (_lock)
        {
            if (call.Phase is RpcPhase.Done or RpcPhase.Writing) return;
            wasQueued = Finish(call, RpcError.ServerFailed);
        }

        if (wasQueued) call.Release();
        else _handling.Cancel(call);
    }

    /// <summary>A guest begins to serve.</summary>
    public void AddServer()
    {
        lock (_lock) _servers++;
        Announce();
    }

    /// <summary>A guest that served has ended. Without another, what waits is refused.</summary>
    public void RemoveServer()
    {
        List<RpcCall> refused = [];
        lock (_lock)
        {
            _queue.IsAskedFor = false;
            if (--_servers > 0) return;
            while (_queue.First is { } call)
            {
                Finish(call, RpcError.Refused);
                refused.Add(call);
            }
        }

        foreach (var call in refused)
        {
            call.Completed.Set();
            call.Release();
        }

        Announce();
    }

    /// <inheritdoc cref="RpcAcceptance.TryAccept"/>
    public bool TryAccept(RpcAcceptor acceptor, out RpcCall? call) => _acceptance.TryAccept(acceptor, out call);

    /// <inheritdoc cref="RpcAcceptance.AcceptAsync"/>
    public ValueTask<RpcCall?> AcceptAsync(RpcAcceptor acceptor, CancellationToken cancellationToken) => _acceptance.AcceptAsync(acceptor, cancellationToken);

    /// <inheritdoc cref="RpcAcceptance.Stop"/>
    public void Stop() => _acceptance.Stop();

    public void Dispose()
    {
        Stop();
        _deadlines.Dispose();
    }

    /// <summary>Ends a call that is under way.</summary>
    /// <returns>Whether no server had it: then the queue's hold is the caller's to release.</returns>
    private bool Finish(RpcCall call, RpcError? outcome)
    {
        var wasQueued = call.Phase == RpcPhase.Queued;
        if (wasQueued) _queue.Remove(call);
        _deadlines.Remove(call);
        call.Finish(outcome);
        return wasQueued;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask HandleAsync(RpcCall call, bool isForwarded)
    {
        var outcome = await _handling.RunAsync(call, isForwarded).ConfigureAwait(false);
        bool wasFull;
        lock (_lock) wasFull = _handled.Remove(call);
        if (wasFull) Announce();
        Complete(call, outcome);
        call.Release();
    }

    private void Announce()
    {
        if (IsShared) _changed.Raise();
    }

    private void Expire()
    {
        List<(RpcCall Call, bool WasQueued)> expired = [];
        lock (_lock)
        {
            while (_deadlines.TakeDue() is { } call)
            {
                call.Hold();
                expired.Add((call, Finish(call, RpcError.TimedOut)));
            }
        }

        foreach (var (call, wasQueued) in expired)
        {
            call.Completed.Set();
            if (wasQueued) call.Release();
            else _handling.Cancel(call);
            call.Release();
        }
    }
}
