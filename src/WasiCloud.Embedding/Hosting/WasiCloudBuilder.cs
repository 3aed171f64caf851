using Microsoft.Extensions.DependencyInjection;

namespace WasiCloud.Embedding.Hosting;

internal sealed class WasiCloudBuilder(IServiceCollection services) : IWasiCloudBuilder
{
    public IServiceCollection Services { get; } = services;
}
