using WasiCloud.Embedding.KeyValue.Locks;
using WasiCloud.Embedding.KeyValue.Memory;

namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>What a guest may reach and hold through a <see cref="KeyValueMount"/>.</summary>
public sealed record KeyValueMountOptions
{
    /// <summary>
    /// What every key starts with, invisible to the guest, which cannot leave it: a tenant's part of the scope. Empty, the default, or ending with <c>/</c>.
    /// </summary>
    public string Prefix { get; init; } = string.Empty;

    /// <summary>
    /// The largest value in bytes, 0 to <see cref="Array.MaxLength"/>; 16 MiB by default. A write beyond it, and opening a larger value, is <c>EFBIG</c>.
    /// </summary>
    public int MaxValueBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>
    /// The longest key in UTF-8 bytes with <see cref="Prefix"/>, 1 to <see cref="KeyValueKey.MaxBytes"/>, which is the default. A longer path is
    /// <c>ENAMETOOLONG</c>.
    /// </summary>
    public int MaxKeyBytes { get; init; } = KeyValueKey.MaxBytes;

    /// <summary>
    /// How many bytes of values one guest may hold in open files together, 0 or more; 64 MiB by default. Each open file holds its whole value in the host's
    /// memory, so this is what keeps a guest from exhausting it. Opening or writing beyond it is <c>ENOMEM</c>.
    /// </summary>
    public long MaxOpenBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// How many locks one guest may hold at a time, 0 or more; 64 by default. Each is an entry that is put again every third of <see cref="LockLease"/>.
    /// Opening one more is <c>ENOLCK</c>.
    /// </summary>
    public int MaxLocks { get; init; } = 64;

    /// <summary>
    /// For how long a lock holds without renewal, 1 second to 1 hour; 15 seconds by default. As long may a lock stay taken whose holder vanished. See
    /// <see cref="LeaseLocks"/>.
    /// </summary>
    public TimeSpan LockLease { get; init; } = LeaseLocks.DefaultLease;

    /// <summary>
    /// How many transactions one guest may have at a time, 0 or more; 16 by default. One more is <c>EMFILE</c>. What they write counts for
    /// <see cref="MaxOpenBytes"/>.
    /// </summary>
    public int MaxTransactions { get; init; } = 16;

    /// <summary>
    /// How many keys and directories one transaction may read and write together, 0 or more; 4,096 by default. One more is <c>ENOSPC</c>. They are committed as
    /// one batch.
    /// </summary>
    public int MaxTransactionKeys { get; init; } = 4096;

    /// <summary>
    /// How many bytes of keys (with <see cref="Prefix"/>) and values all guests may hold below the prefix together, 0 or more; 1 GiB by default, 256 MiB for a
    /// scope in memory that was given no options or is configured by <c>AddKeyValue</c>. <see cref="long.MaxValue"/> is no limit. A commit beyond it is
    /// <c>EDQUOT</c>. What does not grow is always committed, and locks do not count. One host is exact; of what others commit, and of what expires, a host
    /// learns within seconds. Without limits nothing is counted.
    /// </summary>
    public long MaxStoredBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>
    /// How many keys, directories made by <c>mkdir</c> included, all guests may hold below <see cref="Prefix"/> together, 0 or more; 1,000,000 by default,
    /// 100,000 for a scope in memory as above. <see cref="long.MaxValue"/> is no limit. One more is <c>EDQUOT</c>.
    /// </summary>
    public long MaxStoredKeys { get; init; } = 1_000_000;

    internal KeyValueQuota Quota => new(MaxStoredBytes, MaxStoredKeys);

    /// <summary>
    /// The defaults for a backend: what is in this process's memory is more precious than what is on a disk. A key in memory takes about half a KiB besides its
    /// bytes.
    /// </summary>
    internal static KeyValueMountOptions For(IKeyValueBackend backend) =>
        backend is MemoryKeyValueBackend ? new() { MaxStoredBytes = 256 * 1024 * 1024, MaxStoredKeys = 100_000 } : new();
}
