using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.KeyValue;

/// <summary>Operations that are committed together or not at all. A single put or delete is a batch of one.</summary>
public sealed class KeyValueBatch
{
    /// <summary>Creates a batch.</summary>
    /// <param name="operations">The operations. Each key is put or deleted at most once; it may be checked besides.</param>
    /// <exception cref="ArgumentException">A key is written twice.</exception>
    public KeyValueBatch(params IReadOnlyList<KeyValueOperation> operations)
    {
        ArgumentNullException.ThrowIfNull(operations);
        Operations = operations;
        if (operations.Count > 1) ThrowIfWrittenTwice(operations);
    }

    /// <summary>The operations.</summary>
    public IReadOnlyList<KeyValueOperation> Operations { get; }

    /// <summary>
    /// Names this commit so that a retry after a lost acknowledgement is not applied twice; <see langword="null"/> if the caller does not retry.
    /// Backends remember tokens for at least ten minutes; those that cannot lose an acknowledgement (in-process ones) may ignore it.
    /// </summary>
    public string? IdempotencyToken { get; init; }

    /// <summary>Whether it puts or deletes anything.</summary>
    internal bool HasWrites
    {
        get
        {
            for (var index = 0; index < Operations.Count; index++)
            {
                if (Operations[index].IsWrite) return true;
            }

            return false;
        }
    }

    private static void ThrowIfWrittenTwice(IReadOnlyList<KeyValueOperation> operations)
    {
        var written = new HashSet<string>(StringComparer.Ordinal);
        foreach (var operation in operations)
        {
            if (!operation.IsWrite) continue;
            if (!written.Add(operation.Key))
                throw new ArgumentException($"The key '{SafeText.Of(operation.Key)}' is written twice in one batch.", nameof(operations));
        }
    }
}
