namespace WasiCloud.Embedding.Benchmarks.Overload;

/// <summary>A guest for each request.</summary>
internal sealed class RequestCase() : WorkCase("requests", 700_000)
{
    protected override async Task<Answer> AskAsync(CancellationToken cancellationToken) =>
        await FinishAsync(Host.Host.InvokeAsync(Module, new InvocationRequest { Arguments = [Steps, "request"] }, cancellationToken), cancellationToken);
}
