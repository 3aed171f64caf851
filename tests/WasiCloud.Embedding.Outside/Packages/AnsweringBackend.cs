using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;

namespace OutsidePackages;

/// <summary>A backend of another's: a whole store, in which some keys and prefixes answer what their names say.</summary>
internal sealed class AnsweringBackend(IKeyValueBackend store) : IKeyValueBackend
{
    public async ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken)
    {
        // As behind a network: nothing is there at once.
        await Task.Yield();
        Answer.Throw("get", NameIn(key));
        return await store.GetAsync(key, maxValueLength, cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        Answer.Throw("list", NameIn(prefix.TrimEnd('/')));
        await foreach (var entry in store.ListAsync(prefix, startAfter, cancellationToken).ConfigureAwait(false)) yield return entry;
    }

    public async ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (var operation in batch.Operations.Where(operation => operation.Kind is KeyValueOperationKind.Put or KeyValueOperationKind.Delete))
        {
            if (NameIn(operation.Key) == "full") throw new KeyValueStoreException("There is no room.") { IsFull = true };
            Answer.Throw(operation.Kind == KeyValueOperationKind.Put ? "put" : "delete", NameIn(operation.Key));
        }

        return await store.CommitAsync(batch, cancellationToken).ConfigureAwait(false);
    }

    public IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken) =>
        store.WatchAsync(prefix, afterRevision, cancellationToken);

    private static string NameIn(string key) => key[(key.LastIndexOf('/') + 1)..];
}
