namespace WasiCloud.Embedding.Authority;

/// <summary>
/// What a line of a <see cref="GuestPolicy"/> lets a guest do with a path and what is below it; the letters are those of OpenBSD's <c>unveil(2)</c>.
/// </summary>
[Flags]
public enum GuestAccess
{
    /// <summary>Nothing: the path does not exist for the guest. Written as <c>-</c>.</summary>
    None = 0,

    /// <summary>Read files, list directories, read links. Written as <c>r</c>.</summary>
    Read = 1,

    /// <summary>Write, truncate and lock what exists, and set its times. Written as <c>w</c>.</summary>
    Write = 2,

    /// <summary>Create, remove, link and rename. Written as <c>c</c>.</summary>
    Create = 4,

    /// <summary>All of it.</summary>
    All = Read | Write | Create,
}
