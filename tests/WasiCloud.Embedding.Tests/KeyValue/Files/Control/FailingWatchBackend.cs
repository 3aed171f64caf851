using System.Runtime.CompilerServices;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Tests.KeyValue.Files.Control;

/// <summary>Breaks its watches after some changes, as a store that is restarted does.</summary>
internal sealed class FailingWatchBackend(IKeyValueBackend inner) : IKeyValueBackend
{
    /// <summary>How many changes each watch tells before it breaks; <see langword="null"/>: it does not.</summary>
    public int? ChangesUntilFailure { get; set; }

    public int Watches { get; private set; }

    public ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken) =>
        inner.GetAsync(key, maxValueLength, cancellationToken);

    public IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, startAfter, cancellationToken);

    public ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken) => inner.CommitAsync(batch, cancellationToken);

    public async IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Watches++;
        var count = 0;
        if (count == ChangesUntilFailure) throw new TimeoutException("The store is away.");
        await foreach (var change in inner.WatchAsync(prefix, afterRevision, cancellationToken))
        {
            yield return change;
            if (++count == ChangesUntilFailure) throw new TimeoutException("The store is away.");
        }
    }
}
