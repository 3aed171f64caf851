namespace WasiCloud.Embedding.KeyValue.Quota;

/// <summary>Asks a store what the entries with a prefix take, without those of tenants below it. Thread-safe.</summary>
internal sealed class QuotaMeter(IKeyValueBackend store, string prefix)
{
    // So many sizes are asked for at a time, so that a large commit does not wait for each in turn.
    private const int ReadsAtOnce = 32;

    /// <summary>Counts all keys with the prefix.</summary>
    public async Task<KeyValueUsage> CountAsync()
    {
        var used = default(KeyValueUsage);
        string? startAfter = null;
        for (var isComplete = false; !isComplete;)
        {
            isComplete = true;
            await foreach (var entry in store.ListAsync(prefix, startAfter, CancellationToken.None).ConfigureAwait(false))
            {
                if (!TenantKeys.Has(entry.Key, prefix.Length))
                {
                    used += KeyValueUsage.Of(entry);
                }
                else if (startAfter is null)
                {
                    // Tenants have quotas of their own, and may have much.
                    (startAfter, isComplete) = (TenantKeys.EndOf(prefix), false);
                    break;
                }
            }
        }

        return used;
    }

    /// <summary>By how much a batch would change what is used.</summary>
    public async ValueTask<KeyValueUsage> MeasureAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        var change = KeyValueUsage.OfPuts(batch);
        var reads = new List<Task<KeyValueEntry?>>();
        foreach (var operation in batch.Operations)
        {
            // What must be absent replaces nothing, or is not committed.
            if (!operation.IsWrite || operation.Condition == KeyValueCondition.Absent) continue;
            reads.Add(store.GetAsync(operation.Key, maxValueLength: 0, cancellationToken).AsTask());
            if (reads.Count == ReadsAtOnce) change -= await SumAsync(reads).ConfigureAwait(false);
        }

        return change - await SumAsync(reads).ConfigureAwait(false);
    }

    /// <summary>Finds out whether a batch would fail for its conditions.</summary>
    /// <returns>The conflict, or <see langword="null"/>.</returns>
    public async ValueTask<KeyValueCommitResult?> FindConflictAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        var conditions = batch.Operations.Select(operation => operation.Kind == KeyValueOperationKind.CheckPrefix
            ? operation
            : KeyValueOperation.Check(operation.Key, operation.Condition));
        var result = await store.CommitAsync(new([.. conditions]), cancellationToken).ConfigureAwait(false);
        return result.Succeeded ? null : result;
    }

    private static async ValueTask<KeyValueUsage> SumAsync(List<Task<KeyValueEntry?>> reads)
    {
        var sum = default(KeyValueUsage);
        foreach (var entry in await Task.WhenAll(reads).ConfigureAwait(false))
        {
            if (entry is not null) sum += KeyValueUsage.Of(entry);
        }

        reads.Clear();
        return sum;
    }
}
