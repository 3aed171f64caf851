using System.Runtime.CompilerServices;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Tests.KeyValue.Files;

/// <summary>Counts calls, and lets a test interfere once between a guest's reads and its commit.</summary>
internal sealed class CountingBackend(IKeyValueBackend inner) : IKeyValueBackend
{
    public int Gets { get; private set; }

    public int Lists { get; private set; }

    public int ListedEntries { get; private set; }

    public Func<Task>? BeforeCommitWithOperations { get; set; }

    public ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken)
    {
        Gets++;
        return inner.GetAsync(key, maxValueLength, cancellationToken);
    }

    public async IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Lists++;
        await foreach (var entry in inner.ListAsync(prefix, startAfter, cancellationToken))
        {
            ListedEntries++;
            yield return entry;
        }
    }

    public async ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        if (batch.Operations.Count > 0 && BeforeCommitWithOperations is { } interfere)
        {
            BeforeCommitWithOperations = null;
            await interfere();
        }

        return await inner.CommitAsync(batch, cancellationToken);
    }

    public IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken) =>
        inner.WatchAsync(prefix, afterRevision, cancellationToken);
}
