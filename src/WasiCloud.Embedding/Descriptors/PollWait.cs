using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>
/// The one wait for all subscriptions of one handle: <c>poll</c> for reading and writing are two subscriptions, and a handle is asked once at a time.
/// </summary>
internal sealed class PollWait(FileHandle handle)
{
    // What the handle threw; then the answer is EIO.
    private Exception? _failure;

    /// <summary>What any of the subscriptions waits for.</summary>
    public FileReadiness Interest { get; set; }

    /// <summary>The answer, if there is one. Read it after the task has completed.</summary>
    public FsResult<FileReadiness>? Result { get; private set; }


    /// <summary>Waits. Never throws; cancelled, it has no answer.</summary>
    public async Task RunAsync(TaskCompletionSource answered, CancellationToken cancellationToken)
    {
        try
        {
            var result = await AskAsync(cancellationToken).ConfigureAwait(false);
            if (!result.Error.IsDefined())
                throw new InvalidOperationException(FormattableString.Invariant($"{handle.GetType()} answered {(int)result.Error}, which is no errno."));
            if (IsAnswer(result))
                Result = result;
            else if (!cancellationToken.IsCancellationRequested)
                throw new InvalidOperationException($"{handle.GetType()} ended its wait without being ready for {Interest}.");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Something else was ready first; this one reports nothing.
        }
        catch (Exception exception)
        {
            (Result, _failure) = (Errno.IO, exception);
        }

        if (Result is not null) answered.TrySetResult();
    }

    /// <summary>Gets what the handle threw, once.</summary>
    public Exception? TakeFailure() => Interlocked.Exchange(ref _failure, null);

    private ValueTask<FsResult<FileReadiness>> AskAsync(CancellationToken cancellationToken) =>
        handle.TryPoll(Interest, out var known) && IsAnswer(known) ? known : handle.PollAsync(Interest, cancellationToken);

    private bool IsAnswer(FsResult<FileReadiness> result) =>
        result.Error != Errno.Success || (result.Value & (Interest | FileReadiness.HangUp)) != FileReadiness.None;
}
