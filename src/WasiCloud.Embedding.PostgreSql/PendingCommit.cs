using System.Security.Cryptography;
using System.Text;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.PostgreSql;

/// <summary>A batch on its way, in the form of the server-side function's arguments.</summary>
internal sealed class PendingCommit
{
    private const int Queued = 0;
    private const int Begun = 1;
    private const int Withdrawn = 2;

    private readonly TaskCompletionSource<KeyValueCommitResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DateTimeOffset?[] _expires;
    private int _state;
    private volatile int _attempts;

    /// <summary>Copies a batch, values included: a caller who gave up waiting may reuse its buffers while an attempt still sends them.</summary>
    public PendingCommit(KeyValueBatch batch, long start)
    {
        var operations = batch.Operations;
        (Token, Start) = (batch.IdempotencyToken is { } token ? SHA256.HashData(Encoding.UTF8.GetBytes(token)) : null, start);
        Kinds = new short[operations.Count];
        Keys = new byte[operations.Count][];
        Conditions = new long[operations.Count];
        Values = new byte[]?[operations.Count];
        _expires = new DateTimeOffset?[operations.Count];
        for (var index = 0; index < operations.Count; index++)
        {
            var operation = operations[index];
            if (!Enum.IsDefined(operation.Kind)) throw new NotSupportedException($"The operation {operation.Kind} is not known.");
            Kinds[index] = (short)operation.Kind;
            Keys[index] = Encoding.UTF8.GetBytes(operation.Key);
            Conditions[index] = operation.Kind == KeyValueOperationKind.CheckPrefix ? operation.Condition.Revision ?? 0 : CodeOf(operation.Condition);
            if (operation.Kind is KeyValueOperationKind.Put or KeyValueOperationKind.Delete) IsRemembered = true;
            if (operation.Kind != KeyValueOperationKind.Put) continue;
            Values[index] = operation.Value.ToArray();
            ValueBytes += operation.Value.Length;
            _expires[index] = operation.Expires;
        }
    }

    /// <summary>A hash of the caller's token.</summary>
    public byte[]? Token { get; }

    /// <summary>
    /// Whether the server remembers by <see cref="Group"/> and <see cref="Index"/> what came of it, where <see cref="Token"/> does not: repeating it would do
    /// harm.
    /// </summary>
    public bool IsRemembered { get; private set; }

    /// <summary>The number of the group with which it was first sent.</summary>
    public long Group { get; private set; }

    /// <summary>Its place in that group, from 1.</summary>
    public int Index { get; private set; }

    /// <summary>Whether it may have been sent before, so that the server gets it once more, whenever that message arrives.</summary>
    public bool IsRepeated => _attempts > 1;

    public short[] Kinds { get; }

    public byte[][] Keys { get; }

    public long[] Conditions { get; }

    public byte[]?[] Values { get; }

    public long ValueBytes { get; }

    /// <summary>The time stamp from which the caller waits.</summary>
    public long Start { get; }

    /// <summary>Why the last attempt failed.</summary>
    public Exception? LastError { get; set; }

    public Task<KeyValueCommitResult> Completion => _completion.Task;

    /// <summary>
    /// How long each entry put has to live from now, in microseconds: the server counts it on its own clock, so that those of the hosts need not agree.
    /// </summary>
    public long?[] LivesFrom(DateTimeOffset now) => Array.ConvertAll(_expires, expires => (long?)(expires - now)?.TotalMicroseconds);

    /// <summary>Takes it from the queue.</summary>
    /// <returns>Whether it was still wanted.</returns>
    public bool TryBegin(long group, int index)
    {
        if (Interlocked.CompareExchange(ref _state, Begun, Queued) != Queued) return false;
        (Group, Index) = (group, index);
        return true;
    }

    /// <summary>Gives it up.</summary>
    /// <returns>Whether nothing of it has been sent, nor will be.</returns>
    public bool TryWithdraw() => Interlocked.CompareExchange(ref _state, Withdrawn, Queued) == Queued;

    /// <summary>Counts an attempt to send it, before it begins.</summary>
    public void CountAttempt() => _attempts++;

    public void Complete(KeyValueCommitResult result) => _completion.TrySetResult(result);

    public void Fail(Exception exception) => _completion.TrySetException(exception);

    private static long CodeOf(KeyValueCondition condition)
    {
        if (condition == default) return 0;
        if (condition == KeyValueCondition.Absent) return -1;
        return condition.Revision ?? -2;
    }
}
