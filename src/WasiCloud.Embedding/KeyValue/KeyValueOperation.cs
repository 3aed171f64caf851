namespace WasiCloud.Embedding.KeyValue;

/// <summary>
/// One step of a <see cref="KeyValueBatch"/>: made by <see cref="Put"/>, <see cref="Delete"/>, <see cref="Check"/> or <see cref="CheckPrefix"/>.
/// </summary>
/// <remarks>Immutable. Each of the four throws <see cref="ArgumentException"/> for a key that <see cref="KeyValueKey"/> does not allow.</remarks>
public sealed record KeyValueOperation
{
    private KeyValueOperation(KeyValueOperationKind kind, string key)
    {
        if (kind == KeyValueOperationKind.CheckPrefix) KeyValueKey.ThrowIfInvalidPrefix(key);
        else KeyValueKey.ThrowIfInvalid(key);
        (Kind, Key) = (kind, key);
    }

    /// <summary>What is done.</summary>
    public KeyValueOperationKind Kind { get; }

    /// <summary>The key; for <see cref="KeyValueOperationKind.CheckPrefix"/> the prefix.</summary>
    public string Key { get; }

    /// <summary>What must hold before, or the whole batch fails.</summary>
    public KeyValueCondition Condition { get; private init; }

    /// <summary>The value to put; the backend copies it before the commit completes.</summary>
    public ReadOnlyMemory<byte> Value { get; private init; }

    /// <summary>When the entry put ceases to exist, or <see langword="null"/>.</summary>
    public DateTimeOffset? Expires { get; private init; }

    /// <summary>Whether it puts or deletes; the others only look.</summary>
    internal bool IsWrite => Kind is KeyValueOperationKind.Put or KeyValueOperationKind.Delete;

    /// <summary>Writes a value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="condition">What must hold; by default nothing.</param>
    /// <param name="expires">When the entry ceases to exist.</param>
    /// <returns>The operation.</returns>
    public static KeyValueOperation Put(string key, ReadOnlyMemory<byte> value, KeyValueCondition condition = default, DateTimeOffset? expires = null) =>
        new(KeyValueOperationKind.Put, key) { Value = value, Condition = condition, Expires = expires };

    /// <summary>Deletes an entry; deleting what is not there succeeds unless the condition forbids it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="condition">What must hold; by default nothing.</param>
    /// <returns>The operation.</returns>
    public static KeyValueOperation Delete(string key, KeyValueCondition condition = default) =>
        new(KeyValueOperationKind.Delete, key) { Condition = condition };

    /// <summary>Changes nothing, but fails the batch unless the condition holds.</summary>
    /// <param name="key">The key.</param>
    /// <param name="condition">What must hold.</param>
    /// <returns>The operation.</returns>
    public static KeyValueOperation Check(string key, KeyValueCondition condition) =>
        new(KeyValueOperationKind.Check, key) { Condition = condition };

    /// <summary>
    /// Changes nothing, but fails the batch if any key with the prefix was put or deleted after a revision: what makes a listing part of a transaction.
    /// </summary>
    /// <param name="prefix">The prefix; empty for the whole scope.</param>
    /// <param name="revision">The revision at which the listing was taken. If the backend no longer knows what happened since, or would have to look at too
    /// much to tell, the check fails.</param>
    /// <returns>The operation.</returns>
    public static KeyValueOperation CheckPrefix(string prefix, long revision) =>
        new(KeyValueOperationKind.CheckPrefix, prefix) { Condition = KeyValueCondition.AtRevision(revision) };
}
