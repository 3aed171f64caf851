using Microsoft.Extensions.DependencyInjection;

namespace WasiCloud.Embedding.Secrets.Setup;

internal sealed class SecretBuilder(IServiceCollection services) : ISecretBuilder
{
    public IServiceCollection Services { get; } = services;
}
