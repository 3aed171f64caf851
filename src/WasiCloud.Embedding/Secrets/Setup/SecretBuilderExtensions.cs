using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using WasiCloud.Embedding;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Authority.Audit;
using WasiCloud.Embedding.Secrets;
using WasiCloud.Embedding.Secrets.Files;
using WasiCloud.Embedding.Secrets.Setup;

#pragma warning disable IDE0130 // Beside the other extension methods of IWasiCloudBuilder.
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Adds secrets below <c>/beta/secrets</c> (docs/filesystem.md, docs/secrets.md).</summary>
public static class SecretBuilderExtensions
{
    /// <summary>Adds <c>/beta/secrets</c>, in which guests find what the sources have that are chosen on the result.</summary>
    /// <param name="builder">The builder.</param>
    /// <returns>The sources: of several, the first that was added and has a secret is the one that counts.</returns>
    public static ISecretBuilder AddSecrets(this IWasiCloudBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var secrets = new SecretBuilder(builder.Services);
        if (builder.Services.Any(service => service.ServiceType == typeof(SecretStore))) return secrets;
        builder.Services.AddOptions<SecretOptions>().ValidateOnStart();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SecretOptions>, SecretOptionsValidator>());
        builder.Services.AddSingleton<SecretStore>();
        builder.AddMount(
            SecretMount.GuestPath, FileAccess.Read,
            provider => new SecretMount(provider.GetRequiredService<SecretStore>(), provider.GetRequiredService<AuditTrail>()));
        return secrets;
    }

    /// <summary>Sets the limits of all secrets.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets them.</param>
    /// <returns>The builder.</returns>
    public static IWasiCloudBuilder ConfigureSecrets(this IWasiCloudBuilder builder, Action<SecretOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure(configure);
        return builder;
    }

    /// <summary>
    /// Takes the keys below a section of the application's <see cref="IConfiguration"/>, such as <c>Secrets:payment-key</c>, so that user secrets, environment
    /// variables and the providers of key vaults are sources. A nested key is named as the configuration names it: <c>database:password</c>.
    /// </summary>
    /// <param name="secrets">The sources.</param>
    /// <param name="section">The section.</param>
    /// <returns>The sources.</returns>
    /// <remarks>
    /// A name is the one that the configuration lists, in that case. Values are UTF-8; a key without a value is no secret. The time of a secret is when the
    /// configuration was loaded or last reloaded.
    /// </remarks>
    public static ISecretBuilder FromConfiguration(this ISecretBuilder secrets, string section = "Secrets")
    {
        ArgumentException.ThrowIfNullOrEmpty(section);
        return secrets.From(provider => new ConfigurationSecretSource(
            provider.GetRequiredService<IConfiguration>(), section, provider.GetRequiredService<TimeProvider>()));
    }

    /// <summary>
    /// Takes the regular files of a folder, as Kubernetes, Docker and systemd give secrets to programs. Each open reads the file anew, also of a folder that
    /// was replaced. Linux only.
    /// </summary>
    /// <param name="secrets">The sources.</param>
    /// <param name="hostPath">The folder on the host; a relative path is relative to the process's current directory.</param>
    /// <returns>The sources. The host is not made if there is no such folder.</returns>
    /// <remarks>
    /// Names that begin with a dot are none of secrets. Symbolic links are followed below the folder; one that leads out of it is <c>EIO</c> for the guest, and
    /// one log entry.
    /// </remarks>
    public static ISecretBuilder FromFolder(this ISecretBuilder secrets, string hostPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(hostPath);
        return secrets.From(_ => new FolderSecretSource(hostPath));
    }

    /// <summary>Takes secrets that the application sets.</summary>
    /// <param name="secrets">The sources.</param>
    /// <param name="source">Where it sets them.</param>
    /// <returns>The sources.</returns>
    public static ISecretBuilder FromMemory(this ISecretBuilder secrets, MemorySecretSource source)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        ArgumentNullException.ThrowIfNull(source);
        secrets.Services.AddSingleton<ISecretSource>(source);
        return secrets;
    }

    /// <summary>Takes secrets from a source of the application's own.</summary>
    /// <param name="secrets">The sources.</param>
    /// <param name="create">Makes the source; called once, and the container disposes what it makes.</param>
    /// <returns>The sources.</returns>
    public static ISecretBuilder From(this ISecretBuilder secrets, Func<IServiceProvider, ISecretSource> create)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        ArgumentNullException.ThrowIfNull(create);
        secrets.Services.AddSingleton(create);
        return secrets;
    }
}
