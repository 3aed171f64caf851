using System.Runtime.CompilerServices;

namespace WasiCloud.Embedding.FileSystem;

/// <summary>
/// What <see cref="Pieces.PauseAsync"/> gives to await: it continues on the pool, not in the context of the caller of the guest. No task: whoever awaits one
/// that is done by then goes on where nothing is known of the guest.
/// </summary>
/// <param name="isNeeded">Whether the thread is to be given to others.</param>
/// <param name="meter">Counts for the guest.</param>
internal readonly struct PieceBreak(bool isNeeded, IPieceMeter? meter) : ICriticalNotifyCompletion
{
    public bool IsCompleted => !isNeeded;

    public PieceBreak GetAwaiter() => this;

    /// <summary>As of a task. There is one way to go on.</summary>
    /// <param name="continueOnCapturedContext"><see langword="false"/>.</param>
    public PieceBreak ConfigureAwait(bool continueOnCapturedContext) => this;

    public void GetResult()
    {
    }

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation) =>
        ThreadPool.UnsafeQueueUserWorkItem(static call => Pieces.GoOn(call.meter, call.continuation), (meter, continuation), preferLocal: false);
}
