using System.Globalization;
using System.Runtime.CompilerServices;
using StackExchange.Redis;
using WasiCloud.Embedding.Redis.KeyValue;

namespace WasiCloud.Embedding.Redis.Server;

/// <summary>
/// The connection of one backend: made and checked at first use, and what every operation goes through, so that it ends in time and fails in one way.
/// Thread-safe.
/// </summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    // How soon a lost connection is tried again and a reply that does not come is noticed; a heartbeat sends nothing by itself.
    private static readonly TimeSpan Heartbeat = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private readonly ConfigurationOptions _configuration;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _timeProvider;
    private readonly Func<IConnectionMultiplexer, IDatabase, Task> _onConnected;
    private readonly string _endpoint;
    private Task<IDatabase>? _connecting;
    private ConnectionMultiplexer? _connection;
    private volatile IDatabase? _database;
    private volatile bool _isDisposed;

    /// <summary>Connects to nothing yet.</summary>
    /// <param name="options">Where.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="onConnected">Checks a server before it is used.</param>
    public RedisConnection(RedisKeyValueOptions options, TimeProvider timeProvider, Func<IConnectionMultiplexer, IDatabase, Task> onConnected)
    {
        (_timeout, _timeProvider, _onConnected) = (options.OperationTimeout, timeProvider, onConnected);
        _configuration = ServerConfiguration.Copy(options.Configuration, options.ConfigurationOptions);

        // The client says best why it could not connect; what is worth another attempt is tried again here.
        _configuration.AbortOnConnectFail = true;
        _configuration.BacklogPolicy = BacklogPolicy.FailFast;
        _configuration.ReconnectRetryPolicy = new LinearRetry((int)Heartbeat.TotalMilliseconds);
        _configuration.HeartbeatInterval = Heartbeat;
        _configuration.AsyncTimeout = (int)_timeout.TotalMilliseconds;

        // One attempt that takes less than an operation may, so that there is time to learn why it fails, and to try again.
        _configuration.ConnectTimeout = (int)_timeout.TotalMilliseconds / 2;
        _configuration.ConnectRetry = 1;

        // Scripts announce commits without it.
        _configuration.ChannelPrefix = default;
        _endpoint = ServerConfiguration.Describe(_configuration);
    }

    /// <summary>Runs an operation until it succeeds, fails for good, or its time is over. It may have run more than once.</summary>
    /// <param name="operation">Its name, for the exception.</param>
    /// <param name="state">What to give it.</param>
    /// <param name="run">The operation.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RedisKeyValueException">It failed.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<T> RunAsync<TState, T>(string operation, TState state, Func<IDatabase, TState, Task<T>> run, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_isDisposed, typeof(RedisKeyValueBackend));
        var start = _timeProvider.GetTimestamp();
        Exception? cause = null;
        try
        {
            // The client itself bounds this wait, and cheaper than a timer would.
            if (_database is { } database) return await run(database, state).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsTransient(exception) && !_isDisposed)
        {
            // Tried again below.
            cause = exception;
        }
        catch (RedisException exception)
        {
            throw Failure(operation, exception);
        }

        return await RetryAsync(operation, state, run, start, cause, cancellationToken).ConfigureAwait(false);
    }

    public RedisKeyValueException Failure(string operation, string text) => new(operation, _endpoint, text);

    public RedisKeyValueException Full(string operation, string text) => new(operation, _endpoint, text) { IsFull = true };

    public async ValueTask DisposeAsync()
    {
        Task<IDatabase>? connecting;
        lock (_lock)
        {
            _isDisposed = true;
            connecting = _connecting;
        }

        if (connecting is not null) await ((Task)connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_connection is not null) await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private static bool IsTransient(Exception exception) => exception switch
    {
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } => false,
        RedisConnectionException or TimeoutException or ObjectDisposedException => true,

        // The server starts, is no longer or not yet the one that may write, or is busy with a script.
        RedisServerException { Message: var message } => message.StartsWith("LOADING", StringComparison.Ordinal)
            || message.StartsWith("READONLY", StringComparison.Ordinal) || message.StartsWith("MASTERDOWN", StringComparison.Ordinal)
            || message.StartsWith("BUSY", StringComparison.Ordinal) || message.StartsWith("TRYAGAIN", StringComparison.Ordinal)
            || message.StartsWith("CLUSTERDOWN", StringComparison.Ordinal),
        _ => false,
    };

    private async ValueTask<T> RetryAsync<TState, T>(
        string operation, TState state, Func<IDatabase, TState, Task<T>> run, long start, Exception? cause, CancellationToken cancellationToken)
    {
        // An attempt that got no answer may have been applied, whatever later ones were told.
        var isAnswered = IsAnswer(cause);
        while (true)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(RedisKeyValueBackend));
            var remaining = _timeout - _timeProvider.GetElapsedTime(start);
            try
            {
                if (remaining <= TimeSpan.Zero) throw new TimeoutException("there was no reply.");
                return await RunOnceAsync(state, run, cancellationToken).WaitAsync(remaining, _timeProvider, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (IsTransient(exception))
            {
                isAnswered &= IsAnswer(exception);

                // Says more than that the time was over.
                if (cause is null || exception is RedisException) cause = exception;
                if (_timeProvider.GetElapsedTime(start) + RetryDelay >= _timeout) throw isAnswered ? Failure(operation, cause) : NoAnswer(operation, cause);
            }
            catch (RedisException exception)
            {
                throw Failure(operation, exception);
            }

            await Task.Delay(RetryDelay, _timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<T> RunOnceAsync<TState, T>(TState state, Func<IDatabase, TState, Task<T>> run, CancellationToken cancellationToken)
    {
        var database = _database ?? await StartConnecting().WaitAsync(cancellationToken).ConfigureAwait(false);
        return await run(database, state).ConfigureAwait(false);
    }

    private Task<IDatabase> StartConnecting()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(RedisKeyValueBackend));
            return _connecting is null or { IsFaulted: true } or { IsCanceled: true } ? _connecting = ConnectAsync() : _connecting;
        }
    }

    private async Task<IDatabase> ConnectAsync()
    {
        _connection ??= await ConnectionMultiplexer.ConnectAsync(_configuration).ConfigureAwait(false);
        var database = _connection.GetDatabase();
        await _onConnected(_connection, database).ConfigureAwait(false);
        return _database = database;
    }

    private RedisKeyValueException Failure(string operation, Exception exception) =>
        IsAnswer(exception) ? new(operation, _endpoint, exception.Message, exception) : NoAnswer(operation, exception);

    private RedisKeyValueException NoAnswer(string operation, Exception cause) =>
        new(operation, _endpoint, string.Create(CultureInfo.InvariantCulture, $"no answer within {_timeout.TotalSeconds} s ({cause.Message})"), cause);

    private static bool IsAnswer(Exception? exception) => exception is not (TimeoutException or RedisConnectionException);
}
