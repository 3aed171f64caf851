using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue.Files;

namespace WasiCloud.Embedding.KeyValue.Setup;

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
        var added = Services.Select(service => service.IsKeyedService ? null : service.ImplementationInstance).OfType<KeyValueScopeBackend>();
        if (added.FirstOrDefault(scope => scope.Scope == Name) is { } other)
        {
            if (FunctionEquality.AreSame(other.Create, create)) return this;
            throw new InvalidOperationException($"The key-value scope '{Name}' has a backend already, which was added before.");
        }

        Services.AddSingleton(new KeyValueScopeBackend(Name, create));
        Services.AddKeyedSingleton(Name, (provider, _) => create(provider));
        Services.AddSingleton(new MountRegistration(PathOf(Name), FileAccess.ReadWrite, CreateMount));
        return this;
    }

    /// <summary>Where guests see a scope.</summary>
    public static string PathOf(string name) => "/beta/kv/" + name;

    private IVirtualMount CreateMount(IServiceProvider provider)
    {
        var settings = provider.GetServices<KeyValueScopeSetting>().Where(setting => setting.Scope == Name).ToList();
        var backend = provider.GetRequiredKeyedService<IKeyValueBackend>(Name);
        var options = settings.Aggregate(KeyValueMountOptions.For(backend), (options, setting) => setting.Change?.Invoke(options) ?? options);
        var mount = new KeyValueMount(backend, options, provider.GetService<TimeProvider>());
        return settings.LastOrDefault(setting => setting.NamespaceOf is not null) is { NamespaceOf: { } namespaceOf }
            ? new NamespacedKeyValueMount(mount, namespaceOf)
            : mount;
    }
}
