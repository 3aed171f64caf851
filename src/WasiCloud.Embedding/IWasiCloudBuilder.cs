using Microsoft.Extensions.DependencyInjection;

namespace WasiCloud.Embedding;

/// <summary>What <c>AddWasiCloud()</c> returns: the place where mounts and backends are added.</summary>
public interface IWasiCloudBuilder
{
    /// <summary>The application's services.</summary>
    IServiceCollection Services { get; }
}
