using WasiCloud.Embedding.Connections;
using WasiCloud.Embedding.Engine;

namespace WasiCloud.Embedding.Hosting.Connections;

/// <summary>Runs one guest for one connection, and closes the connection with what became of it.</summary>
internal sealed class ConnectionService : IAsyncDisposable
{
    private readonly InvocationServices _services;
    private readonly GuestConnection _connection;
    private readonly ConnectionPort _port;
    private readonly CancellationTokenSource _stopping;
    private readonly CancellationTokenSource _killed;
    private readonly ITimer? _lifetime;
    private readonly CancellationTokenRegistration _whenStopping;

    private ConnectionService(InvocationServices services, GuestConnection connection, CancellationToken cancellationToken)
    {
        (_services, _connection) = (services, connection);
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(connection.Request.Stopping, connection.Closed);
        _killed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _port = Open(connection, services.TimeProvider);
        _whenStopping = _stopping.Token.UnsafeRegister(static self => ((ConnectionService)self!).Stop(), this);
        if (connection.Options.Lifetime is { } lifetime)
            _lifetime = services.TimeProvider.CreateTimer(static stopping => _ = ((CancellationTokenSource)stopping!).CancelAsync(), _stopping, lifetime, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Serves a connection to its end.</summary>
    /// <param name="services">The host.</param>
    /// <param name="slots">Where the guest waits for room.</param>
    /// <param name="module">What to run.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="cancellationToken">Ends the guest.</param>
    public static async Task<InvocationCompletion> ServeAsync(
        InvocationServices services, InvocationSlots slots, CompiledModule module, GuestConnection connection, CancellationToken cancellationToken)
    {
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
            await service._port.EndAsync(failure, service._stopping.IsCancellationRequested).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _whenStopping.DisposeAsync().ConfigureAwait(false);
        if (_lifetime is not null) await _lifetime.DisposeAsync().ConfigureAwait(false);
        await _killed.CancelAsync().ConfigureAwait(false);
        await _port.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
        _killed.Dispose();
    }

    private static ConnectionPort Open(GuestConnection connection, TimeProvider timeProvider)
    {
        if (connection.WebSocket is null) return new StreamPort(connection, timeProvider);
        var port = new MessagePort(connection, timeProvider);
        port.Start();
        return port;
    }

    private async Task<InvocationCompletion> RunAsync(InvocationSlots slots, CompiledModule module)
    {
        await slots.EnterAsync(module, _killed.Token).ConfigureAwait(false);
        var invocation = new Invocation(_services);
        var request = _connection.Request.ForConnection(_port, MaxCpuTime(), _stopping.Token);
        invocation.Begin(module, request, CommandExecution.Instance, ExecutionLimits.Of(request, _services.Options), _killed.Token);
        invocation.DiscardResponse();
        return await invocation.RunAsync(slots).ConfigureAwait(false);
    }

    // A connection has no limit of time that would end a guest which computes for ever.
    private TimeSpan MaxCpuTime() => _connection.Options.MaxCpuTime ?? _connection.Request.MaxCpuTime
        ?? (_services.Options.MaxCpuTime == Timeout.InfiniteTimeSpan ? _services.Options.ExecutionTimeout : _services.Options.MaxCpuTime);

    // Files that wait for something new are at their end; a guest that goes on all the same is ended later.
    private void Stop()
    {
        // A client that has gone, or ended its side, may have left something to be read.
        if (!_connection.Closed.IsCancellationRequested) _port.Stop();
        _ = KillLaterAsync();
    }

    private async Task KillLaterAsync()
    {
        try
        {
            await Task.Delay(_connection.Options.GracePeriod, _services.TimeProvider, _killed.Token).ConfigureAwait(false);
            await _killed.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // It has ended by itself, or was ended.
        }
    }
}
