namespace WasiCloud.Embedding.Hosting;

/// <summary>A turn that is awaited.</summary>
internal sealed class AwaitedSlotTurn(CancellationToken cancellationToken) : SlotTurn(cancellationToken)
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when it has its slots.</summary>
    public Task Task => _end.Task;

    public override void LetIn() => _end.SetResult();

    public override void Refuse(Exception exception)
    {
        if (exception is OperationCanceledException canceled) _end.SetCanceled(canceled.CancellationToken);
        else _end.SetException(exception);
    }

    public override void EndCanceled() => _end.SetCanceled(CancellationToken);
}
