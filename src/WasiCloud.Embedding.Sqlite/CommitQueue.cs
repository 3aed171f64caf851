using System.Collections.Concurrent;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Sqlite;

/// <summary>The one thread that writes. All batches that queue up during one transaction share the next, and with it the cost of making it durable.</summary>
internal sealed class CommitQueue : IAsyncDisposable
{
    // Bounds how long the first batch of a group waits for the last; 64 concurrent writers were measured to reach 27,000 commits a second.
    private const int MaxGroup = 256;

    private readonly Connection _connection;
    private readonly CommitWriter _writer;
    private readonly FullDisk _fullDisk;
    private readonly TimeProvider _timeProvider;
    private readonly Action<DateTimeOffset?> _onCommitted;
    private readonly BlockingCollection<PendingCommit> _queue = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts the thread.</summary>
    /// <param name="connection">The connection, from now on the thread's.</param>
    /// <param name="writer">Applies the batches.</param>
    /// <param name="reserve">Room on the disk for what frees some.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="onCommitted">
    /// Called after each transaction that changed something or looked for what has expired, with the time at which the next entry expires.
    /// </param>
    public CommitQueue(Connection connection, CommitWriter writer, DiskReserve reserve, TimeProvider timeProvider, Action<DateTimeOffset?> onCommitted)
    {
        (_connection, _writer, _timeProvider, _onCommitted) = (connection, writer, timeProvider, onCommitted);
        _fullDisk = new FullDisk(connection, writer, reserve);
        new Thread(Run) { IsBackground = true, Name = "SQLite writer" }.Start();
    }

    /// <summary>Queues a batch.</summary>
    /// <exception cref="ObjectDisposedException">The writer has ended.</exception>
    public async ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var commit = new PendingCommit(batch);
        ObjectDisposedException.ThrowIf(!TryAdd(commit), this);
        using var registration = cancellationToken.UnsafeRegister(static (state, token) => ((PendingCommit)state!).TryCancel(token), commit);
        return await commit.Completion.ConfigureAwait(false);
    }

    /// <summary>Queues a transaction that only deletes what has expired.</summary>
    public void Sweep() => TryAdd(new PendingCommit(new KeyValueBatch()));

    /// <summary>Queues SQL that is run outside of a transaction.</summary>
    public Task ExecuteAsync(string sql)
    {
        var statement = new PendingCommit(new KeyValueBatch()) { Sql = sql };
        TryAdd(statement);
        return statement.Completion;
    }

    /// <summary>Commits what is queued and ends the thread.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.CompleteAdding();
        await _ended.Task.ConfigureAwait(false);
    }

    private bool TryAdd(PendingCommit commit)
    {
        try
        {
            _queue.Add(commit);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private void Run()
    {
        var group = new List<PendingCommit>(MaxGroup);
        foreach (var first in _queue.GetConsumingEnumerable())
        {
            group.Clear();
            Add(first, group);
            while (group.Count < MaxGroup && _queue.TryTake(out var next)) Add(next, group);
            if (group.Count > 0) CommitOrFail(group);
        }

        _writer.Dispose();
        _connection.Dispose();
        _ended.SetResult();
    }

    private void Add(PendingCommit commit, List<PendingCommit> group)
    {
        if (!commit.TryBegin()) return;
        if (commit.Sql is null)
        {
            group.Add(commit);
            return;
        }

        _connection.Execute(commit.Sql);
        commit.Complete();
    }

    private void CommitOrFail(List<PendingCommit> group)
    {
        var failed = TryCommit(group, attempt: 1, out var isCertain);
        if (failed is null) return;
        if (isCertain && group.Count > 1)
        {
            // One batch failed (too large for the disk, say); it must not take the others with it.
            foreach (var commit in group) CommitOrFail([commit]);
            return;
        }

        for (var attempt = 1; isCertain && failed is SqliteKeyValueException { IsFull: true } && _fullDisk.TryMakeRoom(group[0].Batch, attempt); attempt++)
        {
            failed = TryCommit(group, attempt + 1, out isCertain);
            if (failed is null) return;
        }

        foreach (var commit in group) commit.Fail(failed);
    }

    // Returns why nothing of the group was committed, if that is certain, or that it is not known.
    private Exception? TryCommit(List<PendingCommit> group, int attempt, out bool isCertain)
    {
        var isApplied = false;
        try
        {
            Commit(group, attempt, ref isApplied);
            isCertain = true;
            return null;
        }
        catch (Exception exception)
        {
            // A disk is found to be full before a transaction is complete in the log.
            isCertain = !_connection.IsInTransaction && (!isApplied || exception is SqliteKeyValueException { IsFull: true });
            return exception;
        }
    }

    private void Commit(List<PendingCommit> group, int attempt, ref bool isApplied)
    {
        // A sweep that came too early, because the clock was set back or no timer is that long, is followed by another.
        var isSweep = group.Exists(commit => commit.Batch.Operations.Count == 0);
        bool isNews;
        DateTimeOffset? nextExpiry;
        try
        {
            // What has expired is deleted in parts, between which other processes may write.
            while (!Begin()) EndSweep();
            if (attempt > FullDisk.KeepingHistory) _writer.ForgetChanges(all: attempt == FullDisk.MaxAttempts);
            foreach (var commit in group) commit.Result = _writer.Apply(commit.Batch);
            isNews = _writer.End() || isSweep;
            nextExpiry = isNews ? _writer.NextExpiry() : null;
            isApplied = true;
            _connection.Execute("COMMIT");
        }
        catch
        {
            // SQLite rolls back by itself after some errors, a full disk among them.
            if (_connection.IsInTransaction) _connection.Execute("ROLLBACK");
            throw;
        }

        foreach (var commit in group) commit.Complete();
        _fullDisk.Recover();
        if (isNews) _onCommitted(nextExpiry);
    }

    private bool Begin()
    {
        _connection.Execute("BEGIN IMMEDIATE");
        return _writer.Begin(_timeProvider.GetUtcNow());
    }

    private void EndSweep()
    {
        _writer.End();
        _connection.Execute("COMMIT");
        _onCommitted(null);
    }
}
