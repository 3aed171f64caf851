using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using WasiCloud.Embedding;
using WasiCloud.Embedding.Hosting.Modules;

#pragma warning disable IDE0130 // Extension methods on builders live where users look for them.
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Adds a <see cref="GuestModuleStore"/> to an application, one service of that type.</summary>
public static class ModuleStoreBuilderExtensions
{
    /// <summary>
    /// Adds a store of modules in a folder: <c>tenant/name.wasm</c>. In the name of a tenant's folder all but lower-case ASCII letters, digits, <c>_</c> and
    /// <c>-</c> are percent-encoded (docs/modules.md). Linux only.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="configure">Sets limits and times.</param>
    /// <param name="followLinks">Whether symbolic links may lead out of the folder. By default what is there is no module.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="PlatformNotSupportedException">This is not Linux.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static IWasiCloudBuilder AddModuleStore(
        this IWasiCloudBuilder builder, string folder, Action<GuestModuleStoreOptions>? configure = null, bool followLinks = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!OperatingSystem.IsLinux()) throw new PlatformNotSupportedException("Modules of a folder are for Linux.");
        return builder.AddModuleStore(new FolderModules(folder, followLinks), configure);
    }

    /// <summary>Adds a store of modules that a function opens.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="open">
    /// As <see cref="IGuestModuleRepository.OpenAsync"/>, by tenant and name, without a version: what it opens is read at each check.
    /// </param>
    /// <param name="configure">Sets limits and times.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static IWasiCloudBuilder AddModuleStore(
        this IWasiCloudBuilder builder, Func<string, string, CancellationToken, ValueTask<Stream?>> open, Action<GuestModuleStoreOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(open);
        return builder.AddModuleStore(new DelegatedModules(open), configure);
    }

    /// <summary>Adds a store of modules of a repository.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="repository">The repository, which stays the application's to dispose.</param>
    /// <param name="configure">Sets limits and times.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static IWasiCloudBuilder AddModuleStore(
        this IWasiCloudBuilder builder, IGuestModuleRepository repository, Action<GuestModuleStoreOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(repository);
        var options = new GuestModuleStoreOptions();
        configure?.Invoke(options);
        GuestModuleStoreOptionsValidator.Instance.ThrowIfInvalid(options, nameof(configure));
        builder.Services.TryAddSingleton<GuestModuleStore>(provider => new ModuleStore(
            repository, provider.GetRequiredService<IInvocationHost>(), options, provider.GetRequiredService<TimeProvider>(),
            (provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger("WasiCloud.Embedding.Modules")));
        return builder;
    }
}
