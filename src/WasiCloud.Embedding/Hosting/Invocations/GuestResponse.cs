namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>The response of an invocation that goes on until its guest ends.</summary>
internal sealed class GuestResponse(
    int statusCode, MessageHeaders headers, ResponseBodyReader body, Invocation invocation, Task<InvocationCompletion> completion)
    : InvocationResponse(statusCode, headers, body)
{
    // Serves another guest when this response was disposed.
    private Invocation? _invocation = invocation;

    public override Task<InvocationCompletion> Completion => completion;

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _invocation, null) is not { } invocation)
        {
            await ((Task)completion).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        await body.CompleteAsync().ConfigureAwait(false);
        if (!completion.IsCompleted)
        {
            invocation.Cancel();
            await ((Task)completion).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (body.Detach() && completion.IsCompletedSuccessfully) invocation.Recycle();
    }
}
