using WasiCloud.Embedding.KeyValue.Memory;
using WasiCloud.Embedding.KeyValue.Setup;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Chooses <see cref="MemoryKeyValueBackend"/>.</summary>
public static class MemoryKeyValueScopeBuilderExtensions
{
    /// <summary>Holds the scope in memory; it ends with the process.</summary>
    /// <param name="scope">The scope.</param>
    /// <returns>The scope.</returns>
    public static IKeyValueScopeBuilder UseMemory(this IKeyValueScopeBuilder scope)
    {
        ArgumentNullException.ThrowIfNull(scope);
        return scope.UseBackend(services => new MemoryKeyValueBackend(services.GetService<TimeProvider>()));
    }
}
