namespace WasiCloud.Embedding.Benchmarks.Overload;

/// <summary>One guest for all requests, which come to it on sockets.</summary>
internal sealed class DaemonCase() : WorkCase("daemon", 700_000)
{
    private GuestDaemon _daemon = null!;

    protected override Task BeginAsync()
    {
        _daemon = Host.Host.StartDaemon(Module, "work", new GuestDaemonOptions { Arguments = [Steps, "daemon"] });
        return Task.CompletedTask;
    }

    protected override async Task EndAsync() => await _daemon.DisposeAsync();

    protected override async Task<Answer> AskAsync(CancellationToken cancellationToken) =>
        await FinishAsync(_daemon.InvokeAsync(new InvocationRequest(), cancellationToken), cancellationToken);
}
