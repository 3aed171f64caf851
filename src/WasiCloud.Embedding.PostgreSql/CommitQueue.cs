using System.Threading.Channels;
using Npgsql;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.PostgreSql;

/// <summary>
/// Commits one group after the other. All batches that queue up during one transaction share the next, and with it the cost of the round trip and of
/// durability.
/// </summary>
internal sealed class CommitQueue : IAsyncDisposable
{
    // Bounds how long the first batch of a group waits for the last, and how much a retry sends again.
    private const int MaxGroup = 256;
    private const long MaxGroupBytes = 4 << 20;

    private readonly Database _database;
    private readonly TimeProvider _timeProvider;
    private readonly Func<NpgsqlConnection, List<PendingCommit>, CancellationToken, ValueTask<KeyValueCommitResult?[]>> _write;
    private readonly Channel<PendingCommit> _queue = Channel.CreateUnbounded<PendingCommit>(new() { SingleReader = true });
    private readonly Task _ended;
    private long _groups;

    /// <summary>Begins to wait for commits.</summary>
    /// <param name="database">The connections.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="write">Applies a group; it may be called again with the same commits if it failed, and is with those for which it gives nothing.</param>
    public CommitQueue(
        Database database, TimeProvider timeProvider, Func<NpgsqlConnection, List<PendingCommit>, CancellationToken, ValueTask<KeyValueCommitResult?[]>> write)
    {
        (_database, _timeProvider, _write) = (database, timeProvider, write);
        _ended = Task.Run(RunAsync);
    }

    /// <summary>Commits a batch; without operations, it deletes what has expired.</summary>
    public async ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        var commit = new PendingCommit(batch, _timeProvider.GetTimestamp());
        ObjectDisposedException.ThrowIf(!_queue.Writer.TryWrite(commit), typeof(PostgreSqlKeyValueBackend));
        while (true)
        {
            try
            {
                var rest = Rest(commit);
                return await commit.Completion.WaitAsync(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, _timeProvider, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // Once it was sent it is not known whether it was applied until the answer comes.
                if (commit.TryWithdraw()) throw;
                cancellationToken = CancellationToken.None;
            }
            catch (TimeoutException)
            {
                commit.TryWithdraw();
                throw _database.TimedOut("commit", commit.LastError);
            }
        }
    }

    /// <summary>Completes what is queued.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _ended.ConfigureAwait(false);
    }

    private TimeSpan Rest(PendingCommit commit) => _database.Timeout - _timeProvider.GetElapsedTime(commit.Start);

    private async Task RunAsync()
    {
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            var group = new List<PendingCommit>();
            _groups++;
            for (var bytes = 0L; group.Count < MaxGroup && bytes < MaxGroupBytes && _queue.Reader.TryRead(out var commit); bytes += commit.ValueBytes)
            {
                if (commit.TryBegin(_groups, group.Count + 1)) group.Add(commit);
            }

            await CommitGroupAsync(group).ConfigureAwait(false);
        }
    }

    private static void Complete(List<PendingCommit> group, KeyValueCommitResult?[] results)
    {
        for (var index = results.Length - 1; index >= 0; index--)
        {
            if (results[index] is not { } result) continue;
            group[index].Complete(result);
            group.RemoveAt(index);
        }
    }

    private async Task CommitGroupAsync(List<PendingCommit> group)
    {
        var pause = TimeSpan.Zero;
        while (true)
        {
            // Whose time is over was told so; to apply it now would only surprise.
            group.RemoveAll(commit => Rest(commit) <= TimeSpan.Zero);
            if (group.Count == 0) return;
            foreach (var commit in group) commit.CountAttempt();
            var rest = Rest(group[^1]);
            try
            {
                var timeout = rest < _database.AttemptTimeout ? rest : _database.AttemptTimeout;
                var results = await _database.AttemptAsync(timeout, new List<PendingCommit>(group), _write, CancellationToken.None).ConfigureAwait(false);
                Complete(group, results);
                continue;
            }
            catch (Exception exception) when (_database.CanRetry(exception))
            {
                // The server's memory of the group keeps it from being applied twice if only the acknowledgement was lost.
                foreach (var commit in group) commit.LastError = exception;
            }
            catch (Exception exception) when (group.Count == 1)
            {
                group[0].Fail(exception is NpgsqlException ? _database.Failed("commit", exception) : exception);
                return;
            }
            catch (NpgsqlException)
            {
                // One of them is to blame; the others must not suffer for it.
                foreach (var commit in group) await CommitGroupAsync([commit]).ConfigureAwait(false);
                return;
            }
            catch (Exception exception)
            {
                foreach (var commit in group) commit.Fail(exception);
                return;
            }

            pause = await _database.PauseAsync(pause, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
