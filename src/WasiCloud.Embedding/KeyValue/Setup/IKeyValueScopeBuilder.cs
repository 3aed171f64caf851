using Microsoft.Extensions.DependencyInjection;

namespace WasiCloud.Embedding.KeyValue.Setup;

/// <summary>Configures one scope. A backend package adds an extension method <c>UseX</c> that calls <see cref="UseBackend"/>.</summary>
public interface IKeyValueScopeBuilder
{
    /// <summary>The scope's name, which is also the key of its keyed <see cref="IKeyValueBackend"/> service.</summary>
    string Name { get; }

    /// <summary>The application's services.</summary>
    IServiceCollection Services { get; }

    /// <summary>Chooses the backend.</summary>
    /// <param name="create">Makes the backend; called once, and the container disposes what it makes.</param>
    /// <returns>This builder.</returns>
    IKeyValueScopeBuilder UseBackend(Func<IServiceProvider, IKeyValueBackend> create);
}
