using System.Buffers.Binary;
using System.Text;
using StackExchange.Redis;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Redis.Server;

namespace WasiCloud.Embedding.Redis.KeyValue;

/// <summary>Sends batches to the server: all that queue up during one call share the next. Thread-safe.</summary>
/// <remarks>
/// Only one call is on its way at a time, under a number, and the server keeps the results of the latest. So a call whose reply may be lost is repeated under
/// its number until the time is over, and is applied once whatever becomes of the copies; and what the server must remember for that does not grow with the
/// number of commits.
/// </remarks>
internal sealed class CommitQueue
{
    // Bounds how long one run of the script occupies the server: about 7 microseconds for an operation, 4 milliseconds altogether.
    private const int MaxOperations = 512;

    // So many changes that a prefix check reads take as long as one operation.
    private const int ChangesPerOperation = 5;

    // Bounds what is sent at once; a single batch may be larger.
    private const long MaxBytes = 1 << 20;

    private const int ResultBytes = 12;
    private const byte IsResult = (byte)'R';
    private const int FailedByError = -2;
    private const int TooManyTokens = -3;
    private const int OutOfMemory = -4;
    private const string MemoryProblem = "OOM: the server has no memory left for what the commit adds (maxmemory); it was not applied.";
    private const string TokensProblem = "so many tokens of commits are remembered that one more would be too many; it was not applied.";

    private const string TooLate = "it came to the server too late.";

    private readonly Lock _lock = new();
    private readonly RedisConnection _connection;
    private readonly RedisKey[] _keys;
    private readonly CommitArguments _arguments;
    private readonly StoreClock _clock;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _timeout;
    private readonly Queue<PendingCommit> _queue = [];
    private readonly List<PendingCommit> _group = [];
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isSending;
    private bool _isEnded;
    private long _number;

    // The latest that a reply told.
    private long _revision;

    public CommitQueue(RedisConnection connection, ScopeKeys keys, RedisKeyValueOptions options, TimeProvider timeProvider)
    {
        (_connection, _timeProvider, _timeout) = (connection, timeProvider, options.OperationTimeout);
        _arguments = new CommitArguments(keys, options, timeProvider);
        _clock = new StoreClock(timeProvider);
        _keys = [.. keys.Shared, keys.Writer(Guid.NewGuid().ToString("N"))];
    }

    /// <summary>Queues a batch and waits for its result.</summary>
    /// <exception cref="ObjectDisposedException">The committer has ended.</exception>
    /// <exception cref="RedisKeyValueException">The call failed. If the message tells of no answer, the batch may have been applied.</exception>
    public async ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var commit = new PendingCommit(batch, _timeProvider.GetTimestamp());
        var isFirst = false;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isEnded, typeof(RedisKeyValueBackend));
            _queue.Enqueue(commit);
            if (!_isSending) isFirst = _isSending = true;
        }

        if (isFirst) _ = SendAllAsync();
        using var registration = cancellationToken.UnsafeRegister(static (state, token) => ((PendingCommit)state!).TryCancel(token), commit);
        return await commit.Completion.ConfigureAwait(false);
    }

    /// <summary>Completes what is queued and takes no more.</summary>
    public Task EndAsync()
    {
        lock (_lock)
        {
            _isEnded = true;
            return _isSending ? _idle.Task : Task.CompletedTask;
        }
    }

    private async Task SendAllAsync()
    {
        // Only this method uses the group and the arguments, and it runs once at a time.
        // First, those that the call before completed may commit again, so that they go together.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (TakeGroup())
        {
            try
            {
                await SendGroupAsync().ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                foreach (var commit in _group) commit.Fail(exception);
            }

            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
    }

    private bool TakeGroup()
    {
        _group.Clear();
        lock (_lock)
        {
            var (operations, bytes) = (0L, 0L);
            while (operations < MaxOperations && bytes < MaxBytes && _queue.TryDequeue(out var commit))
            {
                if (!commit.TryBegin()) continue;
                if (_timeProvider.GetElapsedTime(commit.Started) >= _timeout)
                {
                    commit.Fail(_connection.Failure("commit", "the commits before it took all of its time; it was not applied."));
                    continue;
                }

                _group.Add(commit);
                operations += 1 + Cost(commit.Batch, ref bytes);
            }

            _isSending = _group.Count > 0;
            if (!_isSending && _isEnded) _idle.SetResult();
            return _isSending;
        }
    }

    private async Task SendGroupAsync()
    {
        _number++;
        var started = _timeProvider.GetTimestamp();
        for (var isRepeated = false; ; isRepeated = true)
        {
            if (!_clock.IsKnown) await AskClockAsync().ConfigureAwait(false);
            var sent = _timeProvider.GetTimestamp();
            _arguments.Begin(_number, _clock.At(sent, _timeout));
            foreach (var commit in _group) _arguments.Add(commit.Batch);
            var call = new CommitCall(_keys, _arguments.ToArray(), isRepeated);
            ReadOnlyMemory<byte> reply = await _connection.RunAsync(
                "commit",
                call,
                static async (database, call) => (byte[]?)await Scripts.Commit.RunAsync(database, call.Keys, call.NextArguments()).ConfigureAwait(false),
                CancellationToken.None).ConfigureAwait(false);
            _clock.Observe(sent, DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(reply.Span)));
            if (reply.Span[sizeof(long)] == IsResult)
            {
                Complete(reply.Span[(sizeof(long) + 1)..]);
                return;
            }

            // It came too late, though this host thinks otherwise, or what has expired had to be deleted first.
            if (_timeProvider.GetElapsedTime(started) >= _timeout) throw _connection.Failure("commit", TooLate);
        }
    }

    private async Task AskClockAsync()
    {
        var sent = _timeProvider.GetTimestamp();
        var time = await _connection.RunAsync("commit", _keys[0], ServerTime.ReadAsync, CancellationToken.None).ConfigureAwait(false);
        _clock.Observe(sent, time);
    }

    private void Complete(ReadOnlySpan<byte> reply)
    {
        var error = Encoding.UTF8.GetString(reply[(ResultBytes * _group.Count)..]);
        for (var index = 0; index < _group.Count; index++)
        {
            var result = reply.Slice(ResultBytes * index, ResultBytes);
            var revision = BinaryPrimitives.ReadInt64BigEndian(result);
            var failed = BinaryPrimitives.ReadInt32BigEndian(result[8..]);
            _revision = Math.Max(_revision, revision);
            if (failed == FailedByError) _group[index].Fail(_connection.Failure("commit", error));
            else if (failed == OutOfMemory) _group[index].Fail(_connection.Full("commit", MemoryProblem));
            else if (failed == TooManyTokens) _group[index].Fail(_connection.Failure("commit", TokensProblem));
            else _group[index].Complete(failed < 0 ? KeyValueCommitResult.Committed(revision) : KeyValueCommitResult.Conflict(failed, revision));
        }
    }

    private long Cost(KeyValueBatch batch, ref long bytes)
    {
        var changes = 0L;
        for (var index = 0; index < batch.Operations.Count; index++)
        {
            var operation = batch.Operations[index];
            if (operation.Kind == KeyValueOperationKind.CheckPrefix) changes = Math.Max(changes, _revision - (operation.Condition.Revision ?? 0));
            bytes += operation.Value.Length;
        }

        // One pass for all prefixes.
        return batch.Operations.Count + (Math.Min(changes, Scripts.MaxCheckSteps) / ChangesPerOperation);
    }
}
