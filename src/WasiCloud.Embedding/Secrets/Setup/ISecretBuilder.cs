using Microsoft.Extensions.DependencyInjection;

namespace WasiCloud.Embedding.Secrets.Setup;

/// <summary>Configures the sources of <c>/beta/secrets</c>. A package with a source adds an extension method <c>FromX</c>.</summary>
public interface ISecretBuilder
{
    /// <summary>The application's services. Each <see cref="ISecretSource"/> among them is asked, in the order in which they were added.</summary>
    IServiceCollection Services { get; }
}
