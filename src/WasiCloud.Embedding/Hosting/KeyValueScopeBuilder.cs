using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Mounts.KeyValue;

namespace WasiCloud.Embedding.Hosting;

internal sealed class KeyValueScopeBuilder(string name, IServiceCollection services) : IKeyValueScopeBuilder
{
    public string Name { get; } = name;

    public IServiceCollection Services { get; } = services;

    public bool HasBackend { get; private set; }

    public IKeyValueScopeBuilder UseBackend(Func<IServiceProvider, IKeyValueBackend> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        if (HasBackend) throw new InvalidOperationException($"The key-value scope '{Name}' has a backend already.");
        HasBackend = true;
        Services.AddKeyedSingleton(Name, (provider, _) => create(provider));
        Services.AddSingleton(new MountRegistration(
            "/beta/kv/" + Name,
            FileAccess.ReadWrite,
            provider => new KeyValueMount(provider.GetRequiredKeyedService<IKeyValueBackend>(Name), timeProvider: provider.GetService<TimeProvider>())));
        return this;
    }
}
