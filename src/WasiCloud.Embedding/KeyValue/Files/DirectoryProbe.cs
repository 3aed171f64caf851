using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>What is below a key taken as a directory, and when: as a condition of a commit, it makes what was seen hold at the commit.</summary>
/// <param name="MarkerRevision">The revision of the key that <c>mkdir</c> made, or 0.</param>
/// <param name="HasChildren">Whether anything else is below.</param>
/// <param name="Revision">A revision of the scope, before the listing.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct DirectoryProbe(long MarkerRevision, bool HasChildren, long Revision)
{
    private static readonly KeyValueBatch Nothing = new();

    public bool Exists => HasChildren || MarkerRevision > 0;

    /// <summary>Looks at a directory in a way that a later commit can rely on.</summary>
    /// <param name="backend">The scope.</param>
    /// <param name="directoryKey">The directory's key, which ends with <c>/</c>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async ValueTask<DirectoryProbe> TakeAsync(IKeyValueBackend backend, string directoryKey, CancellationToken cancellationToken)
    {
        var now = await backend.CommitAsync(Nothing, cancellationToken).ConfigureAwait(false);
        var marker = 0L;
        await foreach (var entry in backend.ListAsync(directoryKey, null, cancellationToken).ConfigureAwait(false))
        {
            if (entry.Key.Length > directoryKey.Length) return new(marker, HasChildren: true, now.Revision);
            marker = entry.Revision;
        }

        return new(marker, HasChildren: false, now.Revision);
    }

    /// <summary>Whether a directory exists at this moment.</summary>
    public static async ValueTask<bool> ExistsAsync(IKeyValueBackend backend, string directoryKey, CancellationToken cancellationToken)
    {
        var entries = backend.ListAsync(directoryKey, null, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (entries.ConfigureAwait(false)) return await entries.MoveNextAsync().ConfigureAwait(false);
    }

    /// <summary>Adds the conditions that no directory on the way to a key is a file.</summary>
    public static void AddAncestorChecks(List<KeyValueOperation> operations, string key, int prefixLength)
    {
        for (var slash = key.IndexOf('/', prefixLength); slash >= 0 && slash < key.Length - 1; slash = key.IndexOf('/', slash + 1))
            operations.Add(KeyValueOperation.Check(key[..slash], KeyValueCondition.Absent));
    }
}
