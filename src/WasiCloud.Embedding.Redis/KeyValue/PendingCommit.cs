using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Redis.KeyValue;

/// <summary>A batch on its way to the server.</summary>
internal sealed class PendingCommit(KeyValueBatch batch, long started)
{
    private const int Waiting = 0;
    private const int Begun = 1;
    private const int Cancelled = 2;

    private readonly TaskCompletionSource<KeyValueCommitResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state = Waiting;

    public KeyValueBatch Batch { get; } = batch;

    /// <summary>The clock's timestamp when it was queued.</summary>
    public long Started { get; } = started;

    public Task<KeyValueCommitResult> Completion => _completion.Task;

    /// <summary>Claims the batch for sending.</summary>
    /// <returns>Whether it was not cancelled before.</returns>
    public bool TryBegin() => Interlocked.CompareExchange(ref _state, Begun, Waiting) == Waiting;

    public void TryCancel(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Cancelled, Waiting) == Waiting) _completion.TrySetCanceled(cancellationToken);
    }

    public void Complete(KeyValueCommitResult result) => _completion.TrySetResult(result);

    public void Fail(Exception exception) => _completion.TrySetException(exception);
}
