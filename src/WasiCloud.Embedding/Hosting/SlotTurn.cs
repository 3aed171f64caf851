namespace WasiCloud.Embedding.Hosting;

/// <summary>One that waits for the slots of its guest: completed when it has them.</summary>
/// <param name="arrived">When it came, by the host's clock.</param>
internal sealed class SlotTurn(long arrived) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>When it came, by the host's clock.</summary>
    public long Arrived { get; } = arrived;
}
