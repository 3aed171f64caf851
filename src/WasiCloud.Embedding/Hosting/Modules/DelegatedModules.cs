namespace WasiCloud.Embedding.Hosting.Modules;

/// <summary>Modules that a function of the application opens.</summary>
internal sealed class DelegatedModules(Func<string, string, CancellationToken, ValueTask<Stream?>> open) : IGuestModuleRepository
{
    public async ValueTask<GuestModuleContent?> OpenAsync(string tenant, string name, CancellationToken cancellationToken) =>
        await open(tenant, name, cancellationToken).ConfigureAwait(false) is { } stream ? new GuestModuleContent(stream) : null;
}
