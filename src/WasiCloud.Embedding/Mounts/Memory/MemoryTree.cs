using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Memory;

/// <summary>What the nodes of one tree share.</summary>
internal sealed class MemoryTree
{
    private readonly TimeProvider _timeProvider;
    private ulong _lastInode;

    public MemoryTree(MemoryMountOptions options, TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        Quota = new MemoryQuota(options.MaxBytes, options.MaxNodes, options.PrivateToInvocation);
        MaxFileBytes = options.MaxFileBytes;
        Root = new MemoryDirectory(this, parent: null);
    }

    /// <summary>
    /// Guards every name in the tree: one lock, so that a rename is one step for all observers and cannot deadlock. Held for lookups and never for the bytes of
    /// a file. A file's own lock may be taken inside it, never the reverse.
    /// </summary>
    public Lock Gate { get; } = new();

    public MemoryQuota Quota { get; }

    /// <summary>What a test waits for between the pieces of a call that takes long, instead of <see cref="Pieces.PauseAsync"/>.</summary>
    public Func<CancellationToken, ValueTask>? Step { get; init; }

    /// <summary>What <c>/dev/random</c> gives, if it was copied here.</summary>
    public IRandomSource Random { get; init; } = SystemRandomSource.Instance;

    public long MaxFileBytes { get; }

    public MemoryDirectory Root { get; }

    /// <summary>Now, in nanoseconds since 1970-01-01T00:00:00Z.</summary>
    public ulong Now() => UnixTime.ToNanoseconds(_timeProvider.GetUtcNow());

    public ulong NextInode() => Interlocked.Increment(ref _lastInode);
}
