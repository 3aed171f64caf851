namespace WasiCloud.Embedding.Benchmarks.Overload;

/// <summary>A guest for each request.</summary>
internal sealed class RequestCase() : WorkCase("requests", 700_000)
{
    protected override async Task AskAsync(CancellationToken cancellationToken) =>
        await FinishAsync(await Host.Host.InvokeAsync(Module, new InvocationRequest { Arguments = [Steps, "request"] }, cancellationToken), cancellationToken);
}
