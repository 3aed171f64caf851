using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using WasiCloud.Embedding;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Authority.Audit;
using WasiCloud.Embedding.Connections.Files;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Hosting;
using WasiCloud.Embedding.Hosting.Modules;
using WasiCloud.Embedding.Http.Files;
using WasiCloud.Embedding.Http.Queue;
using WasiCloud.Embedding.KeyValue.Setup;
using WasiCloud.Embedding.Mounts.Devices;
using WasiCloud.Embedding.Mounts.HostDirectory;
using WasiCloud.Embedding.Mounts.Memory;

#pragma warning disable IDE0130 // Extension methods on IServiceCollection live where users look for them.
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Adds WasiCloud to an application.</summary>
public static class WasiCloudServiceCollectionExtensions
{
    /// <summary>Adds <see cref="IInvocationHost"/>. Guests see <c>/dev</c> and a private <c>/tmp</c>; add what else they may use on the result.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets limits and places.</param>
    /// <returns>A builder for mounts.</returns>
    public static IWasiCloudBuilder AddWasiCloud(this IServiceCollection services, Action<WasiCloudOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<WasiCloudOptions>().ValidateOnStart();
        if (configure is not null) options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<WasiCloudOptions>, WasiCloudOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IRandomSource>(SystemRandomSource.Instance);
        services.TryAddSingleton<AuditTrail>();
        if (services.Any(service => service.ServiceType == typeof(IInvocationHost))) return new WasiCloudBuilder(services);

        // The health check is of this one, whatever an application puts before it.
        services.AddSingleton<InvocationHost>();
        services.AddSingleton<IInvocationHost>(provider => provider.GetRequiredService<InvocationHost>());
        services.AddSingleton<ModuleSources>();
        services.AddSingleton<IHostedService, ModuleSourceService>();
        return new WasiCloudBuilder(services)
            .AddMount("/dev", FileAccess.ReadWrite, static provider => new DeviceMount(provider.GetRequiredService<IRandomSource>()))
            .AddMount("/tmp", FileAccess.ReadWrite, CreateTemporaryMount);
    }

    /// <summary>Adds <c>/request</c> and <c>/response</c> (docs/filesystem.md).</summary>
    /// <param name="builder">The builder.</param>
    /// <returns>The builder.</returns>
    public static IWasiCloudBuilder AddRequestResponseFiles(this IWasiCloudBuilder builder) => builder
        .AddMount("/request", FileAccess.Read, _ => new RequestMount())
        .AddMount("/response", FileAccess.ReadWrite, _ => new ResponseMount());

    /// <summary>
    /// Adds <c>/beta/http</c>, where daemons whose <see cref="GuestDaemonOptions.Interface"/> is <see cref="GuestInterface.Files"/> find their requests
    /// (docs/filesystem.md). Other guests find it empty.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <returns>The builder.</returns>
    public static IWasiCloudBuilder AddDaemonHttpFiles(this IWasiCloudBuilder builder) =>
        builder.AddMount("/beta/http", FileAccess.ReadWrite, _ => new HttpMount());

    /// <summary>
    /// Adds <c>/connection</c>, where guests of <see cref="IInvocationHost.ServeConnectionAsync"/> find their connection (docs/filesystem.md). Other guests
    /// find it empty.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <returns>The builder.</returns>
    public static IWasiCloudBuilder AddConnectionFiles(this IWasiCloudBuilder builder) =>
        builder.AddMount("/connection", FileAccess.ReadWrite, _ => new ConnectionMount());

    /// <summary>Adds key-value scopes below <c>/beta/kv</c> (docs/filesystem.md).</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Adds scopes and chooses their backends.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="InvalidOperationException">A scope was given no backend, or another than it has already.</exception>
    public static IWasiCloudBuilder AddKeyValue(this IWasiCloudBuilder builder, Action<IKeyValueBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        var keyValue = new KeyValueBuilder(builder.Services);
        configure(keyValue);
        keyValue.Complete();
        return builder;
    }

    /// <summary>Adds a folder of the host. Guests cannot leave it, by <c>..</c>, absolute names, symbolic links or races. Linux only.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="guestPath">Where guests see it.</param>
    /// <param name="hostPath">The folder, which must exist.</param>
    /// <param name="access">What guests may do; reading only by default.</param>
    /// <param name="options">Limits for what guests may write; <see langword="null"/> for none.</param>
    /// <returns>The builder.</returns>
    public static IWasiCloudBuilder AddHostDirectory(
        this IWasiCloudBuilder builder, string guestPath, string hostPath, FileAccess access = FileAccess.Read, HostDirectoryOptions? options = null)
    {
        if (options is not null) HostDirectoryOptionsValidator.Instance.ThrowIfInvalid(options, nameof(options));
        return builder.AddMount(guestPath, access, new HostFolder(hostPath, access, options).CreateMount);
    }

    /// <summary>Adds a mount of the application's own, for reading and writing.</summary>
    /// <typeparam name="TMount">The mount; its constructor gets services.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="guestPath">Where guests see it.</param>
    /// <returns>The builder.</returns>
    public static IWasiCloudBuilder AddMount<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TMount>(
        this IWasiCloudBuilder builder, string guestPath)
        where TMount : class, IVirtualMount =>
        builder.AddMount<TMount>(guestPath, FileAccess.ReadWrite);

    /// <summary>Adds a mount of the application's own.</summary>
    /// <typeparam name="TMount">The mount; its constructor gets services and <paramref name="arguments"/>.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="guestPath">Where guests see it.</param>
    /// <param name="access">What guests may do.</param>
    /// <param name="arguments">Constructor arguments that are not services.</param>
    /// <returns>The builder.</returns>
    public static IWasiCloudBuilder AddMount<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TMount>(
        this IWasiCloudBuilder builder, string guestPath, FileAccess access, params object[] arguments)
        where TMount : class, IVirtualMount =>
        builder.AddMount(guestPath, access, new ActivatedMount<TMount>(arguments).CreateMount);

    /// <summary>Adds a mount of the application's own.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="guestPath">Where guests see it.</param>
    /// <param name="access">What guests may do.</param>
    /// <param name="create">Makes the mount, once; disposed with the host.</param>
    /// <returns>The builder.</returns>
    /// <remarks>
    /// What was added already is not added again: the same path, access and function, of which a lambda is one that captures nothing. The host is not made if
    /// there are two others at one path.
    /// </remarks>
    public static IWasiCloudBuilder AddMount(this IWasiCloudBuilder builder, string guestPath, FileAccess access, Func<IServiceProvider, IVirtualMount> create)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddRegistration(new MountRegistration(guestPath, access, create));
        return builder;
    }

    private static MemoryMount CreateTemporaryMount(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<WasiCloudOptions>>().Value;
        return new(
            new MemoryMountOptions { PrivateToInvocation = true, MaxBytes = options.MaxTemporaryBytes, MaxNodes = options.MaxTemporaryNodes },
            provider.GetRequiredService<TimeProvider>());
    }
}
