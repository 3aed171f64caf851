using WasiCloud.Embedding.Http.Exchange;

namespace WasiCloud.Embedding.Hosting.Daemons;

/// <summary>A daemon's response to one request.</summary>
internal sealed class DaemonResponse(ResponseHead head, DaemonBodyReader body, DaemonCall call, Task<InvocationCompletion> completion)
    : InvocationResponse(head.StatusCode, head.Headers, body)
{
    public override Task<InvocationCompletion> Completion => completion;

    public override ValueTask DisposeAsync() => call.DisposeAsync();
}
