using System.Runtime.CompilerServices;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Authority.Audit;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Secrets.Files;

/// <summary>The secrets, of one guest.</summary>
internal sealed class SecretDirectory(SecretStore store, AuditTrail audit, InvocationContext context) : VirtualDirectory
{
    /// <remarks>The node has the value of this moment, so that what is looked at and what is opened are one.</remarks>
    public override async ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken)
    {
        var read = await store.ReadAsync(name, cancellationToken).ConfigureAwait(false);
        return read.TryGet(out var value) ? new SecretFile(name, value, store.Options.MaxSecretsPerInvocation, audit, context) : read.Error;
    }

    public override async IAsyncEnumerable<DirectoryEntry> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var name in await store.ListAsync(cancellationToken).ConfigureAwait(false)) yield return new DirectoryEntry(name, FileType.RegularFile);
    }
}
