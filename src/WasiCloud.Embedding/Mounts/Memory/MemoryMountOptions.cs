namespace WasiCloud.Embedding.Mounts.Memory;

/// <summary>Limits of a <see cref="MemoryMount"/>. Each one is what keeps a guest from filling the host's memory.</summary>
public sealed record MemoryMountOptions
{
    /// <summary>
    /// Bytes that contents, nodes and names may take together, at least 0; default 64 MiB. Counted is what is allocated: contents in 64 KiB pages (small files
    /// less), so holes are free; 448 B for each file, directory and symbolic link, and 128 B and 2 B for each character for each name; the target of a symbolic
    /// link 2 B a character. Beyond it a write is cut short or fails, and a creation or a longer name fails, with <see cref="FileSystem.Errno.NoSpc"/>.
    /// </summary>
    public long MaxBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// How many files, directories and symbolic links there may be, further hard links counted like files; at least 0, default 65,536.
    /// An unlinked file counts until it is closed. Beyond it, creation fails with <see cref="FileSystem.Errno.NoSpc"/>.
    /// </summary>
    public int MaxNodes { get; init; } = 65_536;

    /// <summary>Length in bytes, holes included, that one file may have; at least 0, default 1 TiB. Beyond it is <see cref="FileSystem.Errno.FBig"/>.</summary>
    public long MaxFileBytes { get; init; } = 1L << 40;

    /// <summary>
    /// How many tenants may have trees of their own that are not empty, or in use; at least 1, default 1,024. Each tree has the limits above. One more tenant
    /// gets <see cref="FileSystem.Errno.NoSpc"/>. A tree that is left empty is forgotten.
    /// </summary>
    public int MaxTenants { get; init; } = 1024;

    /// <summary>
    /// Whether every invocation gets an empty tree of its own that ends with it, as for <c>/tmp</c>; then the limits apply to each tree. Default: one tree
    /// shared by all.
    /// </summary>
    public bool PrivateToInvocation { get; init; }
}
