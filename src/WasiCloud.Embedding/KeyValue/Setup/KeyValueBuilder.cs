using Microsoft.Extensions.DependencyInjection;

namespace WasiCloud.Embedding.KeyValue.Setup;

/// <summary>Collects the scopes of one <c>AddKeyValue</c> call.</summary>
internal sealed class KeyValueBuilder(IServiceCollection services) : IKeyValueBuilder
{
    private readonly List<KeyValueScopeBuilder> _scopes = [];

    public IKeyValueScopeBuilder Scope(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Contains('/', StringComparison.Ordinal) || name.StartsWith('.'))
            throw new ArgumentException(
                $"'{name}' cannot be the name of a key-value scope: it must be one path component and not start with a dot.", nameof(name));
        var scope = new KeyValueScopeBuilder(name, services);
        _scopes.Add(scope);
        return scope;
    }

    /// <summary>Fails for a scope without a backend.</summary>
    public void Complete()
    {
        foreach (var scope in _scopes.Where(scope => !scope.HasBackend))
            throw new InvalidOperationException($"The key-value scope '{scope.Name}' has no backend: call one of its Use methods.");
    }
}
