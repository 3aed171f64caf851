using Npgsql;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.PostgreSql;

/// <summary>The connections to one database, and what is done when they fail. Thread-safe.</summary>
internal sealed class Database : IAsyncDisposable
{
    // The pauses between attempts: short enough for a restart that takes tenths of a second, long enough not to hinder a server that starts.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    // A server that does not even answer the cancellation of a command within this time loses the connection.
    private const int CancellationMilliseconds = 500;

    private readonly NpgsqlDataSource _source;
    private readonly TimeProvider _timeProvider;
    private volatile bool _isDisposed;

    public Database(PostgreSqlKeyValueOptions options, TimeProvider timeProvider)
    {
        var builder = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            Pooling = true,
            MinPoolSize = 0,
            MaxPoolSize = options.MaxConnections,
            CommandTimeout = 0,
            CancellationTimeout = CancellationMilliseconds,
        };

        // Every statement here is run many times.
        if (builder.MaxAutoPrepare == 0) (builder.MaxAutoPrepare, builder.AutoPrepareMinUsages) = (16, 2);
        if (builder.Host!.Contains(',', StringComparison.Ordinal)) builder.TargetSessionAttributes = "primary";
        Host = builder.Host.AsSpan().IndexOfAny(',', ':') >= 0 ? builder.Host : $"{builder.Host}:{builder.Port}";
        (Timeout, _timeProvider) = (options.OperationTimeout, timeProvider);
        _source = NpgsqlDataSource.Create(builder);
    }

    public string Host { get; }

    /// <summary>How long an operation may take.</summary>
    public TimeSpan Timeout { get; }

    public TimeSpan AttemptTimeout => Timeout / 2;

    /// <summary>Runs something that may be repeated, until it succeeds, fails for good or its time is over.</summary>
    /// <exception cref="PostgreSqlKeyValueException">It failed.</exception>
    public async ValueTask<T> RunAsync<TState, T>(
        string operation, TState state, Func<NpgsqlConnection, TState, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        var start = _timeProvider.GetTimestamp();
        var pause = TimeSpan.Zero;
        Exception? last = null;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rest = Timeout - _timeProvider.GetElapsedTime(start);
            if (rest <= TimeSpan.Zero) throw TimedOut(operation, last);
            try
            {
                return await AttemptAsync(rest < AttemptTimeout ? rest : AttemptTimeout, state, work, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (CanRetry(exception) && !cancellationToken.IsCancellationRequested)
            {
                last = exception;
            }
            catch (Exception exception) when (exception is NpgsqlException)
            {
                throw Failed(operation, exception);
            }

            pause = await PauseAsync(pause, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Runs something once, on a connection of the pool. When its time is over it is left to itself, because cancelling waits for a server that may not answer.
    /// </summary>
    /// <exception cref="TimeoutException">Its time is over.</exception>
    public async ValueTask<T> AttemptAsync<TState, T>(
        TimeSpan timeout, TState state, Func<NpgsqlConnection, TState, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        var attempt = RunOnceAsync(timeout, state, work, cancellationToken);
        try
        {
            return await attempt.WaitAsync(timeout, _timeProvider, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!attempt.IsCompleted)
            {
                _ = attempt.ContinueWith(
                    static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            }
        }
    }

    /// <summary>Opens a connection; the caller disposes it.</summary>
    public async ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, typeof(PostgreSqlKeyValueBackend));
        return await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether to try again after a failure; forgets connections that are probably as broken as the one that failed.</summary>
    public bool CanRetry(Exception exception)
    {
        if (_isDisposed) return false;
        if (exception is OperationCanceledException) return true;
        if (!Outage.IsTransient(exception)) return false;
        if (Outage.MayHaveBrokenOthers(exception)) _source.Clear();
        return true;
    }

    /// <summary>Waits between two attempts; not at all the first time, because the pool may just have held a connection of before a restart.</summary>
    /// <returns>What to pass the next time.</returns>
    public async ValueTask<TimeSpan> PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        if (pause == TimeSpan.Zero) return FirstPause;
        await Task.Delay(pause, _timeProvider, cancellationToken).ConfigureAwait(false);
        return pause * 2 < LongestPause ? pause * 2 : LongestPause;
    }

    public PostgreSqlKeyValueException TimedOut(string operation, Exception? last)
    {
        var cause = last is null or OperationCanceledException or TimeoutException ? "the server did not answer" : ForeignText.Of(last);
        return new($"'{operation}' on {Host} did not succeed within {Timeout.TotalSeconds:0.###} s: {cause}", ForeignText.Cause(last))
        {
            Operation = operation,
            Host = Host,
            SqlState = (last as PostgresException)?.SqlState ?? string.Empty,
            IsTimeout = true,
        };
    }

    public PostgreSqlKeyValueException Failed(string operation, Exception cause) =>
        new($"'{operation}' on {Host} failed: {ForeignText.Of(cause)}", ForeignText.Cause(cause))
        {
            Operation = operation,
            Host = Host,
            SqlState = (cause as PostgresException)?.SqlState ?? string.Empty,
            IsFull = cause is PostgresException { SqlState: PostgresErrorCodes.DiskFull },
        };

    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await _source.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<T> RunOnceAsync<TState, T>(
        TimeSpan timeout, TState state, Func<NpgsqlConnection, TState, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        using var time = new CancellationTokenSource(timeout, _timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
        var connection = await OpenAsync(either.Token).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false)) return await work(connection, state, either.Token).ConfigureAwait(false);
    }
}
