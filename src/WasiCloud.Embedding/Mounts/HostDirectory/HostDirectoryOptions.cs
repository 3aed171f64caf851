namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>Limits of a <see cref="HostDirectoryMount"/> that guests may write to.</summary>
/// <remarks>
/// <para>
/// Best effort: they keep guests of this host from filling the disk, as far as this host can see. Counted is everything below the directory, whoever put it
/// there: by a walk when the mount is made (at most 1,000,000 entries and 64 levels of directories; what is beyond is not counted), then by what guests of
/// this mount do. What other programs do meanwhile is found by further walks, which begin when a guest meets a limit, and when guests have given back as much
/// as a limit is; they take at most a tenth of one processor's time, and one of what is larger than those bounds is not believed, nor one during which a guest
/// moved a directory. After two such walks, renaming a directory during the next one is <see cref="FileSystem.Errno.Busy"/>.
/// </para>
/// <para>
/// A disk may hold more than is counted: up to a block (4 KiB) more for each file, the directories, and the file system's own records. Where a limit must
/// hold whatever happens, give the directory a file system or a project quota of its own; its errors reach guests as they are.
/// </para>
/// </remarks>
public sealed record HostDirectoryOptions
{
    /// <summary>
    /// Bytes that files and symbolic links below the directory may have together: lengths, so holes of sparse files count, and what is reserved by
    /// <c>fd_allocate</c>. At least 0; <see langword="null"/>, the default, for no limit. Beyond it a write is short, and what cannot be short fails with
    /// <see cref="FileSystem.Errno.NoSpc"/>. A removed file counts until no guest has it open.
    /// </summary>
    public long? MaxBytes { get; init; }

    /// <summary>
    /// How many names there may be below the directory: files, directories, symbolic links and further hard links. At least 0; <see langword="null"/>, the
    /// default, for no limit. Beyond it, creation fails with <see cref="FileSystem.Errno.NoSpc"/>. An empty file takes no <see cref="MaxBytes"/>, but disk:
    /// set both.
    /// </summary>
    public long? MaxNodes { get; init; }
}
