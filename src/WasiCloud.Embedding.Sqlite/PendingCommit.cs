using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Sqlite;

/// <summary>A batch on its way to the writer thread.</summary>
internal sealed class PendingCommit(KeyValueBatch batch)
{
    private const int Waiting = 0;
    private const int Begun = 1;
    private const int Cancelled = 2;

    private readonly TaskCompletionSource<KeyValueCommitResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state = Waiting;

    public KeyValueBatch Batch { get; } = batch;

    /// <summary>SQL to run before, for tests.</summary>
    public string? Sql { get; init; }

    /// <summary>The outcome, not to be told before the transaction is durable.</summary>
    public KeyValueCommitResult Result { get; set; }

    public Task<KeyValueCommitResult> Completion => _completion.Task;

    /// <summary>Claims the batch for the writer.</summary>
    /// <returns>Whether it was not cancelled before.</returns>
    public bool TryBegin() => Interlocked.CompareExchange(ref _state, Begun, Waiting) == Waiting;

    public void TryCancel(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Cancelled, Waiting) == Waiting) _completion.TrySetCanceled(cancellationToken);
    }

    public void Complete() => _completion.TrySetResult(Result);

    public void Fail(Exception exception) => _completion.TrySetException(exception);
}
