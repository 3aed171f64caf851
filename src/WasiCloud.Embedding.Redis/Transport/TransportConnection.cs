using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Redis.Server;
using WasiCloud.Embedding.Text;
using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Redis.Transport;

/// <summary>The connection of one process. Made at first use; reconnects by itself. Thread-safe.</summary>
internal sealed class TransportConnection : IAsyncDisposable
{
    private readonly ConfigurationOptions _configuration;
    private readonly string _endPoint;
    private readonly RedisKey[] _keys;
    private readonly StoreClock _clock;
    private readonly Lock _lock = new();
    private Task<ConnectionMultiplexer>? _connecting;
    private int _isLost;

    public TransportConnection(RedisTransportOptions options, TimeProvider timeProvider, ILogger logger)
    {
        (Options, TimeProvider, Logger) = (options, timeProvider, logger);
        _clock = new StoreClock(timeProvider);
        Base = $"{{{options.Name}}}:";
        _keys = [Base + "hosts"];
        _configuration = ServerConfiguration.Copy(options.Configuration, options.ConfigurationOptions);
        _configuration.AbortOnConnectFail = false;
        _configuration.BacklogPolicy = BacklogPolicy.FailFast;
        _configuration.AsyncTimeout = (int)options.OperationTimeout.TotalMilliseconds;
        _configuration.ConnectTimeout = (int)options.OperationTimeout.TotalMilliseconds;
        _configuration.HeartbeatInterval = TimeSpan.FromMilliseconds(250);
        _configuration.ReconnectRetryPolicy = new LinearRetry(250);
        _configuration.ChannelPrefix = default;
        _endPoint = ServerConfiguration.Describe(_configuration);
    }

    public RedisTransportOptions Options { get; }

    public TimeProvider TimeProvider { get; }

    public ILogger Logger { get; }

    /// <summary>What all keys and channels begin with, so that all are in one slot of a cluster.</summary>
    public string Base { get; }

    /// <summary>After what time something that failed is done again: soon enough that no lease ends meanwhile.</summary>
    public TimeSpan RetryDelay => new(Math.Min(Math.Min(Options.PollInterval.Ticks, Options.LeaseDuration.Ticks / 6), TimeSpan.TicksPerSecond));

    /// <summary>Whether an exception is the server's or the connection's, and what was done may be tried again later.</summary>
    public static bool IsFailure(Exception exception) => exception is RedisException or RedisCommandException or TimeoutException or ObjectDisposedException;

    /// <summary>Whether a command that failed was never sent.</summary>
    public static bool IsUnsent(Exception exception) => exception is RedisConnectionException
    {
        FailureType: ConnectionFailureType.UnableToResolvePhysicalConnection or ConnectionFailureType.UnableToConnect,
    };

    /// <summary>Runs a script, once at most, and not later than this waits for it.</summary>
    /// <param name="script">The script. Its first argument is <see cref="Base"/>, and its last one the server's time after which it is to do nothing.</param>
    /// <param name="arguments">Its other arguments.</param>
    public async Task<RedisResult> RunAsync(Script script, params RedisValue[] arguments)
    {
        var database = (await ConnectAsync().ConfigureAwait(false)).GetDatabase();
        var result = await TryRunAsync(database, script, arguments).ConfigureAwait(false);
        if (result is null)
        {
            // The server's clock was set, or is that of another server: nothing was done.
            _clock.Forget();
            result = await TryRunAsync(database, script, arguments).ConfigureAwait(false) ?? throw new TimeoutException("It came to the server too late.");
        }

        if (Interlocked.Exchange(ref _isLost, 0) != 0) Log.ServerFound(Logger, _endPoint);
        return result;
    }

    /// <summary>Raises a signal whenever something is published on a channel, and when something may have been that was not heard.</summary>
    /// <returns>Ends it.</returns>
    public async Task<Func<Task>> SubscribeAsync(string channel, ChangeSignal signal)
    {
        var connection = await ConnectAsync().ConfigureAwait(false);
        var (subscriber, literal) = (connection.GetSubscriber(), RedisChannel.Literal(Base + channel));
        await subscriber.SubscribeAsync(literal, Raise).ConfigureAwait(false);
        connection.ConnectionRestored += Restored;
        return EndAsync;

        void Raise(RedisChannel published, RedisValue message) => signal.Raise();

        void Restored(object? sender, ConnectionFailedEventArgs arguments) => signal.Raise();

        Task EndAsync()
        {
            connection.ConnectionRestored -= Restored;
            return subscriber.UnsubscribeAsync(literal, Raise);
        }
    }

    /// <summary>Waits until a task is complete, or it is time to look all the same.</summary>
    /// <returns>Whether it is complete.</returns>
    public async Task<bool> WaitAsync(Task task, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(task, Task.Delay(Options.PollInterval, TimeProvider, over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return task.IsCompleted;
    }

    /// <summary>Tells the log once that the server does not answer.</summary>
    public void Tell(Exception exception)
    {
        if (Interlocked.Exchange(ref _isLost, 1) == 0) Log.ServerLost(Logger, _endPoint, ForeignText.Of(exception));
    }

    public async ValueTask DisposeAsync()
    {
        if (_connecting is not { } connecting) return;
        await ((Task)connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (connecting.IsCompletedSuccessfully) await (await connecting.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
    }

    private async Task<RedisResult?> TryRunAsync(IDatabase database, Script script, RedisValue[] arguments)
    {
        if (!_clock.IsKnown) await AskClockAsync(database).ConfigureAwait(false);
        var deadline = _clock.At(TimeProvider.GetTimestamp(), Options.OperationTimeout).ToUnixTimeMilliseconds() + 1;
        try
        {
            return await script.RunAsync(database, _keys, [Base, .. arguments, deadline]).ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith(TransportScripts.Late, StringComparison.Ordinal))
        {
            return null;
        }
    }

    private async Task AskClockAsync(IDatabase database)
    {
        var sent = TimeProvider.GetTimestamp();
        _clock.Observe(sent, await ServerTime.ReadAsync(database, _keys[0]).ConfigureAwait(false));
    }

    private Task<ConnectionMultiplexer> ConnectAsync()
    {
        lock (_lock) return _connecting is null or { IsFaulted: true } ? _connecting = ConnectionMultiplexer.ConnectAsync(_configuration) : _connecting;
    }
}
