using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Authority.Audit;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Secrets.Files;

/// <summary><c>/beta/secrets</c> (docs/filesystem.md).</summary>
internal sealed class SecretMount(SecretStore store, AuditTrail audit) : ISynchronousMount, INamedMount
{
    /// <summary>Where guests see it.</summary>
    public const string GuestPath = "/beta/secrets";

    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) =>
        new(new SecretDirectory(store, audit, context));

    public ValueTask<bool> HasAsync(string name, CancellationToken cancellationToken) => store.ExistsAsync(name, cancellationToken);

    public ValueTask<IReadOnlyCollection<string>> ListAsync(CancellationToken cancellationToken) => store.ListAsync(cancellationToken);
}
