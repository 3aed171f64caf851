namespace WasiCloud.Embedding.KeyValue;

/// <summary>Operations that are committed together or not at all. A single put or delete is a batch of one.</summary>
/// <param name="operations">The operations, applied in order; each key is written at most once.</param>
public sealed class KeyValueBatch(params IReadOnlyList<KeyValueOperation> operations)
{
    /// <summary>The operations.</summary>
    public IReadOnlyList<KeyValueOperation> Operations { get; } = operations;

    /// <summary>
    /// Names this commit so that a retry after a lost acknowledgement is not applied twice; <see langword="null"/> if the caller does not retry.
    /// Backends remember tokens for at least ten minutes; those that cannot lose an acknowledgement (in-process ones) may ignore it.
    /// </summary>
    public string? IdempotencyToken { get; init; }
}
