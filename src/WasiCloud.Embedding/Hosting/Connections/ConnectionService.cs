using System.Net.WebSockets;
using WasiCloud.Embedding.Connections;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Hosting.Invocations;
using WasiCloud.Embedding.Hosting.Modules;
using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Hosting.Connections;

/// <summary>Runs one guest for one connection, and closes the connection with what became of it.</summary>
internal sealed class ConnectionService : IAsyncDisposable
{
    private readonly InvocationServices _services;
    private readonly GuestConnection _connection;
    private readonly CancellationTokenSource _stopping;
    private readonly CancellationTokenSource _killed;
    private readonly ITimer? _lifetime;
    private readonly CancellationTokenRegistration _whenStopping;
    private CancellationTokenRegistration _whenClosed;
    private CancellationTokenRegistration _whenLeft;
    private LinkedListNode<CancellationTokenSource>? _left;

    // There from the start, or when a WebSocket that had to wait for room is accepted.
    private ConnectionPort? _port;

    private ConnectionService(InvocationServices services, GuestConnection connection, CancellationToken cancellationToken)
    {
        (_services, _connection) = (services, connection);
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(connection.Request.Stopping, connection.Closed);
        _killed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (connection.AcceptWebSocket is null)
            Open(connection.WebSocket is { } socket
                ? new MessagePort(connection, socket, services.TimeProvider)
                : new StreamPort(connection, services.TimeProvider));
        _whenStopping = _stopping.Token.UnsafeRegister(static self => ((ConnectionService)self!).Stop(), this);
        if (connection.Options.Lifetime is { } lifetime)
            _lifetime = services.TimeProvider.CreateTimer(
                static stopping => _ = ((CancellationTokenSource)stopping!).CancelAsync(), _stopping, lifetime, Timeout.InfiniteTimeSpan);
    }

    private bool IsStream => _connection.Transport is not null;

    /// <summary>Serves a connection to its end.</summary>
    /// <param name="services">The host.</param>
    /// <param name="slots">Where the guest waits for room.</param>
    /// <param name="module">What to run.</param>
    /// <param name="use">Of the module, ended with the connection.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="cancellationToken">Ends the guest.</param>
    public static async Task<InvocationCompletion> ServeAsync(
        InvocationServices services, InvocationSlots slots, CompiledModule module, ModuleUse use, GuestConnection connection,
        CancellationToken cancellationToken)
    {
        using var held = use;
        var service = new ConnectionService(services, connection, cancellationToken);
        await using var disposal = service.ConfigureAwait(false);
        Exception? failure = null;
        try
        {
            return await service.RunAsync(slots, module).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            failure = exception;
            throw;
        }
        finally
        {
            await service.EndAsync(failure).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _whenClosed.DisposeAsync().ConfigureAwait(false);
        await _whenLeft.DisposeAsync().ConfigureAwait(false);
        await _whenStopping.DisposeAsync().ConfigureAwait(false);
        if (_lifetime is not null) await _lifetime.DisposeAsync().ConfigureAwait(false);
        if (_left is not null) _services.ConnectionGuests.Remove(_left);
        await _killed.CancelAsync().ConfigureAwait(false);
        if (_port is not null) await _port.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
        _killed.Dispose();
    }

    private void Open(ConnectionPort port)
    {
        _port = port;
        _whenLeft = port.Left.UnsafeRegister(static self => ((ConnectionService)self!).Leave(), this);
        _whenClosed = _connection.Closed.UnsafeRegister(static port => ((ConnectionPort)port!).ClientClosed(), port);
        (port as MessagePort)?.Start();
    }

    private async Task<InvocationCompletion> RunAsync(InvocationSlots slots, CompiledModule module)
    {
        await EnterAsync(slots, module).ConfigureAwait(false);
        _services.ConnectionGuests.Begin();
        try
        {
            return await RunInSlotAsync(slots, module).ConfigureAwait(false);
        }
        finally
        {
            _services.ConnectionGuests.End();
        }
    }

    private async Task<InvocationCompletion> RunInSlotAsync(InvocationSlots slots, CompiledModule module)
    {
        Invocation invocation;
        try
        {
            if (_port is null) Open(new MessagePort(_connection, await AcceptAsync(module).ConfigureAwait(false), _services.TimeProvider));
            invocation = new Invocation(_services);
            var request = _connection.Request.ForConnection(_port!, MaxCpuTime(), _stopping.Token);
            invocation.Begin(module, request, CommandExecution.Instance, ExecutionLimits.Of(request, _services.Options), _killed.Token);
            invocation.DiscardResponse();
        }
        catch
        {
            slots.Leave(ClaimOf(module));
            throw;
        }

        return await invocation.RunAsync(slots).ConfigureAwait(false);
    }

    private SlotClaim ClaimOf(CompiledModule module) => _services.ClaimOf(module, _connection.Request);

    // A guest that nobody waits for any more is not begun: the client has left, or the application ends. A stream's client may have ended its side only.
    private CancellationTokenSource CreateUnwanted() => CancellationTokenSource.CreateLinkedTokenSource(
        _killed.Token, _connection.Request.Stopping, IsStream ? CancellationToken.None : _connection.Closed, _port?.Left ?? CancellationToken.None);

    private async ValueTask EnterAsync(InvocationSlots slots, CompiledModule module)
    {
        using var unwanted = CreateUnwanted();
        var entering = slots.EnterAsync(ClaimOf(module), unwanted.Token);
        if (!entering.IsCompletedSuccessfully) _services.ConnectionGuests.MakeRoom();
        await entering.ConfigureAwait(false);
        if (!unwanted.IsCancellationRequested) return;
        slots.Leave(ClaimOf(module));
        throw InvocationFailure.Canceled(unwanted.Token);
    }

    // A client that is accepted counts on its guest, which goes before those that are to begin. So it is accepted when its guest could begin, and not earlier:
    // else the more come, the less each of those gets that are there.
    private async Task<WebSocket> AcceptAsync(CompiledModule module)
    {
        using var unwanted = CreateUnwanted();
        var arrival = new Arrival(module, _services.TenantShares.Of(_connection.Request.Tenant) ?? module.ComputeShare, unwanted.Token);
        if (!arrival.TryEnter()) await WaitAsync(arrival, unwanted).ConfigureAwait(false);
        try
        {
            if (unwanted.IsCancellationRequested) throw InvocationFailure.Canceled(unwanted.Token);
            return await _connection.AcceptWebSocket!().ConfigureAwait(false);
        }
        finally
        {
            arrival.Leave();
        }
    }

    private async Task WaitAsync(Arrival arrival, CancellationTokenSource unwanted)
    {
        // A moment's wait is no reason to refuse anybody.
        var timeout = _services.Options.QueueTimeout > ArrivalOrder.Long ? _services.Options.QueueTimeout : ArrivalOrder.Long;
        using var late = new CancellationTokenSource(timeout, _services.TimeProvider);
        var isLate = false;
        await using var registration = late.Token.UnsafeRegister(
            _ =>
            {
                isLate = !unwanted.IsCancellationRequested;
                unwanted.Cancel();
            },
            state: null).ConfigureAwait(false);
        await arrival.WaitAsync().ConfigureAwait(false);
        if (!Volatile.Read(ref isLate)) return;
        arrival.Leave();
        throw new GuestLimitException(GuestLimit.Computing, _services.Options.MaxComputingGuests);
    }

    private Task EndAsync(Exception? failure) =>
        _port?.EndAsync(failure, _stopping.IsCancellationRequested && !_port.Left.IsCancellationRequested) ?? Task.CompletedTask;

    // A connection has no limit of time that would end a guest which computes for ever.
    private TimeSpan MaxCpuTime() => _connection.Request.MaxCpuTime ?? _connection.Options.MaxCpuTime
        ?? (_services.Options.MaxCpuTime == Timeout.InfiniteTimeSpan ? _services.Options.ExecutionTimeout : _services.Options.MaxCpuTime);

    // Files that wait for something new are at their end; a guest that goes on all the same is ended later.
    private void Stop()
    {
        // A client that has left may have left something to be read.
        if (_port is null || _port.Left.IsCancellationRequested) return;
        if (!_connection.Closed.IsCancellationRequested) _port.Stop();
        _ = KillLaterAsync(_connection.Options.GracePeriod);
    }

    // The guest works for nobody now, and is in the way of those that work for somebody.
    private void Leave()
    {
        _left = _services.ConnectionGuests.Add(_killed);
        _ = _stopping.CancelAsync();
        _ = KillLaterAsync(_connection.Options.LeaveTimeout);
    }

    private async Task KillLaterAsync(TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, _services.TimeProvider, _killed.Token).ConfigureAwait(false);
            await _killed.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // It has ended by itself, or was ended.
        }
    }
}
