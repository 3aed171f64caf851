namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary>What a transaction has made of a key.</summary>
internal sealed class TransactionWrite
{
    public TransactionWrite(KeyValueOperation operation, long revision, TimeProvider timeProvider)
    {
        Revision = revision;
        if (operation.Kind == KeyValueOperationKind.Delete) return;
        Entry = new KeyValueEntry
        {
            Key = operation.Key,
            Revision = revision,
            Size = operation.Value.Length,
            Modified = timeProvider.GetUtcNow(),
            Expires = operation.Expires,
            Value = operation.Value.ToArray(),
        };
    }

    public long Revision { get; }

    /// <summary>The entry; <see langword="null"/> if it was deleted.</summary>
    public KeyValueEntry? Entry { get; }
}
