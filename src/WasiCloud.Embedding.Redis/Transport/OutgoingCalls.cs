using System.Buffers;
using System.Collections.Concurrent;
using StackExchange.Redis;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Redis.Transport;

/// <summary>The calls of this process that servers of others are to answer. Thread-safe.</summary>
internal sealed class OutgoingCalls : IAsyncDisposable
{
    private const int MaxChecked = 128;

    private readonly TransportConnection _connection;
    private readonly HostPresence _presence;
    private readonly Func<Task> _drainInbox;
    private readonly ConcurrentDictionary<string, OutgoingCall> _calls = new(StringComparer.Ordinal);
    private readonly TransportLoop _checking;
    private volatile bool _isEnded;

    /// <summary>Begins without calls.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="presence">This process.</param>
    /// <param name="drainInbox">Sees to it that <see cref="End"/> was called for all calls that have ended.</param>
    public OutgoingCalls(TransportConnection connection, HostPresence presence, Func<Task> drainInbox)
    {
        (_connection, _presence, _drainInbox) = (connection, presence, drainInbox);
        _checking = new TransportLoop(connection, CheckAsync);
    }

    /// <inheritdoc cref="IRpcTransport.CallAsync"/>
    public async ValueTask CallAsync(
        ISharedRpcService service, ReadOnlySequence<byte> request, IBufferWriter<byte>? response, CancellationToken cancellationToken)
    {
        if (_isEnded) throw new RpcException(RpcError.Refused, "The transport was disposed.");
        var call = new OutgoingCall(service.Name);
        if (response is not null) _calls.TryAdd(call.Id, call);
        var sending = SendAsync(service, call, request, isOneWay: response is null);
        try
        {
            await sending.WaitAsync(cancellationToken).ConfigureAwait(false);
            ObjectDisposedException.ThrowIf(_isEnded, this);
            if (response is null) return;
            call.IsSent = true;
            var (error, bytes) = await call.End.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (error.Length > 0) throw new RpcException(Parse(error), $"The service '{service.Name}' gave no response: {error}.");
            response.Write(bytes.Span);
        }
        catch (OperationCanceledException) when (response is not null)
        {
            // It must not be sent after it was withdrawn.
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await WithdrawAsync(call, mayComeLate: sending.IsFaulted).ConfigureAwait(false);
            throw;
        }
        catch (Exception exception) when (TransportConnection.IsFailure(exception))
        {
            _connection.Tell(exception);
            if (TransportConnection.IsUnsent(exception))
                throw new RpcException(RpcError.Refused, $"The Redis server could not be reached: {ForeignText.Of(exception)}");
            await WithdrawAsync(call, mayComeLate: !call.IsSent).ConfigureAwait(false);
            throw new RpcException(
                RpcError.ServerFailed, $"It is not known whether a server of '{service.Name}' has seen the call: {ForeignText.Of(exception)}");
        }
        finally
        {
            _calls.TryRemove(call.Id, out _);
        }
    }

    /// <summary>A call has ended.</summary>
    public void End(string call, string error, ReadOnlyMemory<byte> response)
    {
        if (_calls.TryGetValue(call, out var found)) found.TryEnd(error, response);
    }

    public async ValueTask DisposeAsync()
    {
        _isEnded = true;
        await _checking.DisposeAsync().ConfigureAwait(false);
        foreach (var call in _calls.Values) call.TryEnd(nameof(RpcError.ServerFailed), default);
    }

    // Processes of another version may know other errors.
    private static RpcError Parse(string error) => Enum.TryParse<RpcError>(error, out var known) && Enum.IsDefined(known) ? known : RpcError.ServerFailed;

    private async Task SendAsync(ISharedRpcService service, OutgoingCall call, ReadOnlySequence<byte> request, bool isOneWay)
    {
        var (options, timeout) = (service.Options, service.Options.CallTimeout);
        var sent = (string)(await _connection.RunAsync(
            TransportScripts.Send,
            service.Name,
            call.Id,
            _presence.Host,
            timeout == Timeout.InfiniteTimeSpan ? 0 : Math.Max(1, (long)timeout.TotalMilliseconds),
            isOneWay ? 1 : 0,
            options.MaxQueuedCalls,
            options.MaxQueuedBytes,

            // A call that is cancelled may still be on its way.
            request.ToArray(),
            _presence.Lease).ConfigureAwait(false))!;
        if (sent == "none") throw new RpcException(RpcError.Refused, $"The service '{service.Name}' has no server in any process.");
        if (sent != "sent") throw new RpcException(RpcError.Refused, $"Too many calls wait for the service '{service.Name}'.");
    }

    private async Task WithdrawAsync(OutgoingCall call, bool mayComeLate)
    {
        try
        {
            // Twice the time after which the server refuses to send it, by clocks that are asked now and then.
            var milliseconds = mayComeLate ? 2 * (long)_connection.Options.OperationTimeout.TotalMilliseconds : 0;
            await _connection.RunAsync(TransportScripts.Withdraw, call.Service, call.Id, milliseconds).ConfigureAwait(false);
        }
        catch (Exception exception) when (TransportConnection.IsFailure(exception))
        {
            // Its server learns at its deadline, or when it answers.
            _connection.Tell(exception);
        }
    }

    // Finds the calls whose server's process has died, and those that Redis has forgotten.
    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(_connection.Options.PollInterval, _connection.TimeProvider, cancellationToken).ConfigureAwait(false);
        foreach (var calls in _calls.Values.Where(call => call.IsSent).Chunk(MaxChecked))
        {
            var arguments = calls.SelectMany(call => (RedisValue[])[call.Service, call.Id]).ToArray();
            var states = (string[])(await _connection.RunAsync(TransportScripts.Check, arguments).ConfigureAwait(false))!;

            // One that has ended was told of before it was gone.
            await _drainInbox().ConfigureAwait(false);
            for (var index = 0; index < calls.Length; index++)
            {
                if (states[index] == "waits") continue;
                calls[index].TryEnd(states[index] == TransportScripts.Gone ? nameof(RpcError.ServerFailed) : states[index], default);
            }
        }
    }
}
