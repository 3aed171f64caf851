using Npgsql;

namespace WasiCloud.Embedding.PostgreSql;

/// <summary>Listens for notifications on one connection, which it replaces when it breaks. Thread-safe.</summary>
internal sealed class ChangeListener : IAsyncDisposable
{
    // How long a connection may be silent before it is tried, so that one that died without a word is noticed.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(15);

    // Not disposed, since a watch may still begin; it has no timer.
    private readonly CancellationTokenSource _end = new();
    private readonly Database _database;
    private readonly Func<NpgsqlConnection, CancellationToken, ValueTask<string>> _findChannel;
    private readonly Action _onChange;
    private readonly Lock _lock = new();
    private Task? _run;

    /// <summary>Creates the listener, which does nothing until <see cref="Start"/>.</summary>
    /// <param name="database">The connections.</param>
    /// <param name="findChannel">Tells the channel.</param>
    /// <param name="onChange">Called for each notification, and whenever some may have been missed.</param>
    public ChangeListener(Database database, Func<NpgsqlConnection, CancellationToken, ValueTask<string>> findChannel, Action onChange)
    {
        (_database, _findChannel, _onChange) = (database, findChannel, onChange);
    }

    public void Start()
    {
        lock (_lock)
        {
            if (!_end.IsCancellationRequested) _run ??= Task.Run(RunAsync);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _end.CancelAsync().ConfigureAwait(false);
        }
        catch (AggregateException)
        {
            // Npgsql's cancellation of a wait whose connection is being closed at this moment. The wait ends all the same.
        }

        Task? run;
        lock (_lock) run = _run;
        if (run is not null) await run.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        var pause = TimeSpan.Zero;
        while (!_end.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(() => pause = TimeSpan.Zero).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                // Watches go on by polling, and report what is wrong if that fails as well.
                _database.CanRetry(exception);
            }

            _onChange();
            pause = await PauseAsync(pause).ConfigureAwait(false);
        }
    }

    private async Task ListenAsync(Action onSuccess)
    {
        var connection = await BoundedAsync(_database.OpenAsync).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var channel = await BoundedAsync(time => _findChannel(connection, time)).ConfigureAwait(false);
            connection.Notification += (_, _) => _onChange();
            await ExecuteAsync(connection, $"LISTEN \"{channel}\"").ConfigureAwait(false);
            onSuccess();

            // What was committed before is not notified.
            _onChange();
            while (true)
            {
                if (!await connection.WaitAsync(LongestSilence, _end.Token).ConfigureAwait(false))
                    await ExecuteAsync(connection, "SELECT 1").ConfigureAwait(false);
            }
        }
    }

    private async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false)) await BoundedAsync(time => new ValueTask<int>(command.ExecuteNonQueryAsync(time))).ConfigureAwait(false);
    }

    private async ValueTask<T> BoundedAsync<T>(Func<CancellationToken, ValueTask<T>> work)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        time.CancelAfter(_database.Timeout);
        return await work(time.Token).ConfigureAwait(false);
    }

    private async ValueTask<TimeSpan> PauseAsync(TimeSpan pause)
    {
        try
        {
            return await _database.PauseAsync(pause, _end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return pause;
        }
    }
}
