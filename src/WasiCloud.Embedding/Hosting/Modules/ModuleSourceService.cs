using Microsoft.Extensions.Hosting;

namespace WasiCloud.Embedding.Hosting.Modules;

/// <summary>Lets the application start when the modules of its routes are loaded, and not if one cannot be.</summary>
internal sealed class ModuleSourceService(ModuleSources sources) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => sources.RequiredAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
