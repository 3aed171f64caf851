using System.IO.Pipelines;

namespace WasiCloud.Embedding.Hosting;

/// <summary>The response of an invocation that goes on until its guest ends.</summary>
internal sealed class GuestResponse(int statusCode, MessageHeaders headers, PipeReader body, Invocation invocation, Task<InvocationCompletion> completion)
    : InvocationResponse(statusCode, headers, body)
{
    public override Task<InvocationCompletion> Completion => completion;

    public override async ValueTask DisposeAsync()
    {
        await Body.CompleteAsync().ConfigureAwait(false);
        invocation.Cancel();
        await ((Task)completion).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
