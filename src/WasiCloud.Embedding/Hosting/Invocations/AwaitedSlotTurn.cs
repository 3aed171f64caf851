namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>A turn that is awaited.</summary>
internal sealed class AwaitedSlotTurn(CancellationToken cancellationToken) : SlotTurn(cancellationToken)
{
    private readonly TaskCompletionSource<bool> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when it has its slots.</summary>
    public Task Task => _end.Task;

    public override void LetIn() => _end.SetResult(true);

    public override void Refuse(Exception exception) => InvocationFailure.Fail(_end, exception);
}
