using System.Buffers;
using System.Collections.Concurrent;
using StackExchange.Redis;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Redis.Transport;

/// <summary>Gives the calls of other processes to this one's servers of one service, as many as they wait for.</summary>
internal sealed class ServiceRelay : IAsyncDisposable
{
    private const int MaxTaken = 32;

    // Of all relays of this process: one that begins where another of its name has ended goes on behind it.
    private static long s_runs;

    private readonly TransportConnection _connection;
    private readonly HostPresence _presence;
    private readonly ISharedRpcService _service;
    private readonly Announcements _called;
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _calls = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, bool> _serving = new();
    private readonly TransportLoop _loop;
    private readonly Task _after;
    private volatile bool _isEnding;

    // When none waits, completes when one comes: servers that go from call to call of this process do not look each time.
    private Task? _nextCall;

    // The last taking that this process was told of. Calls were perhaps taken in another since.
    private RedisValue _taking = "0";
    private bool _isAnswerLost;

    /// <summary>Begins.</summary>
    /// <param name="connection">The way to the server.</param>
    /// <param name="presence">This process as others see it.</param>
    /// <param name="service">The service.</param>
    /// <param name="after">The end of an earlier one of the same name.</param>
    public ServiceRelay(TransportConnection connection, HostPresence presence, ISharedRpcService service, Task after)
    {
        (_connection, _presence, _service, _after) = (connection, presence, service, after);
        _called = new Announcements(connection, $"s:{service.Name}:called");
        _loop = new TransportLoop(connection, StepAsync);
    }

    /// <summary>Whether it is of this service, and not of a later one with its name.</summary>
    public bool IsOf(ISharedRpcService service) => ReferenceEquals(_service, service);

    /// <summary>Nobody waits for a call any more, if it is one of these.</summary>
    public void Withdraw(string call)
    {
        if (_calls.TryRemove(call, out var cancellation)) _ = cancellation.CancelAsync();
    }

    /// <summary>Serves no more, and ends when all calls have been answered, which the end of their servers does.</summary>
    public async ValueTask DisposeAsync()
    {
        _isEnding = true;
        await _loop.DisposeAsync().ConfigureAwait(false);
        foreach (var (call, _) in _calls) Withdraw(call);
        await Task.WhenAll(_serving.Keys).ConfigureAwait(false);
        try
        {
            await _presence.ServeAsync(_service.Name, isServed: false).ConfigureAwait(false);
        }
        catch (Exception exception) when (TransportConnection.IsFailure(exception))
        {
            // Its lease will end.
            _connection.Tell(exception);
        }

        await _called.EndAsync().ConfigureAwait(false);
    }

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        await _after.ConfigureAwait(false);
        await _called.ListenAsync().ConfigureAwait(false);
        var changed = _service.Changed;
        await _presence.ServeAsync(_service.Name, _service.HasLocalServer).ConfigureAwait(false);
        var most = Math.Min(_service.IdleServers, MaxTaken);
        if ((most > 0 && _nextCall is not { IsCompleted: false }) || _isAnswerLost)
        {
            var nextCall = _called.Next;
            var isEmpty = await TakeAsync(most).ConfigureAwait(false) == 0;
            _nextCall = isEmpty && most > 0 ? nextCall : null;
            return;
        }

        // Without a server that waits, calls are for others.
        if (!await _connection.WaitAsync(most > 0 ? Task.WhenAny(changed, _nextCall!) : changed, cancellationToken).ConfigureAwait(false)) _nextCall = null;
    }

    private async Task<int> TakeAsync(int most)
    {
        var isRepeated = _isAnswerLost;
        _isAnswerLost = true;
        var taken = (RedisValue[])(await _connection.RunAsync(
            TransportScripts.Take, _service.Name, _presence.Host, most, _presence.Lease, _taking, Interlocked.Increment(ref s_runs),
            isRepeated ? 1 : 0).ConfigureAwait(false))!;
        (_isAnswerLost, _taking) = (false, taken[0]);
        for (var index = 1; index < taken.Length; index += IncomingCall.Values)
            Serve(IncomingCall.Parse(taken.AsSpan(index, IncomingCall.Values), $"{_presence.Host} {_taking}"));
        return taken.Length - 1;
    }

    private void Serve(IncomingCall call)
    {
        var cancellation = new CancellationTokenSource();
        if (!call.IsOneWay) _calls.TryAdd(call.Id, cancellation);
        var serving = ServeAsync(call, cancellation);
        _serving.TryAdd(serving, true);
        _ = serving.ContinueWith(static (task, all) => ((ConcurrentDictionary<Task, bool>)all!).TryRemove(task, out _), _serving, TaskScheduler.Default);
    }

    private async Task ServeAsync(IncomingCall call, CancellationTokenSource cancellation)
    {
        var response = call.IsOneWay ? null : new ArrayBufferWriter<byte>();
        var error = string.Empty;
        try
        {
            await _service.ServeAsync(new ReadOnlySequence<byte>((ReadOnlyMemory<byte>)call.Request), response, cancellation.Token).ConfigureAwait(false);
        }
        catch (RpcException exception)
        {
            error = exception.Error.ToString();
        }
        catch (Exception exception)
        {
            error = nameof(RpcError.ServerFailed);
            if (exception is not OperationCanceledException) Log.ServiceFailed(_connection.Logger, _service.Name, exception);
        }
        finally
        {
            _calls.TryRemove(call.Id, out _);
        }

        try
        {
            await AnswerAsync(call, error, response).ConfigureAwait(false);
        }
        catch (Exception exception) when (TransportConnection.IsFailure(exception))
        {
            // The caller learns at its deadline, or when this process's lease ends.
            Log.ResponseLost(_connection.Logger, _service.Name, call.Id, ForeignText.Of(exception));
        }
    }

    private async Task AnswerAsync(IncomingCall call, string error, ArrayBufferWriter<byte>? response)
    {
        var isUnseen = error == nameof(RpcError.Refused);
        if (call.IsOneWay && !isUnseen) return;
        var start = _connection.TimeProvider.GetTimestamp();
        while (true)
        {
            try
            {
                if (isUnseen)
                {
                    await _connection.RunAsync(
                        TransportScripts.Return, _service.Name, call.Id, call.Caller, call.Deadline, call.OneWay, call.Request, call.Holder)
                        .ConfigureAwait(false);
                }
                else
                {
                    RedisValue answer = error.Length > 0 ? RedisValue.EmptyString : response!.WrittenMemory;
                    await _connection.RunAsync(TransportScripts.Answer, call.Id, call.Caller, error, answer, call.Holder).ConfigureAwait(false);
                }

                return;
            }
            catch (Exception exception) when (TransportConnection.IsFailure(exception) && !call.IsOneWay && !_isEnding && !IsOver(start))
            {
                // The server does it once, however often it is told. Until it is told, the caller waits.
                _connection.Tell(exception);
                await Task.Delay(_connection.RetryDelay, _connection.TimeProvider).ConfigureAwait(false);
            }
        }
    }

    // The caller of one that takes longer does not wait any more.
    private bool IsOver(long start) =>
        _service.Options.CallTimeout != Timeout.InfiniteTimeSpan && _connection.TimeProvider.GetElapsedTime(start) > _service.Options.CallTimeout;
}
