namespace WasiCloud.Tool;

/// <summary>What the guest sees at a path.</summary>
internal enum MountKind
{
    /// <summary>A folder of the host.</summary>
    HostDirectory,

    /// <summary>A folder of the host that cannot be changed.</summary>
    ReadOnlyHostDirectory,

    /// <summary>A copy of a folder of the host, in memory.</summary>
    Copy,

    /// <summary>An empty directory in memory.</summary>
    Memory,

    /// <summary>A key-value store.</summary>
    KeyValue,
}

/// <summary>One mount option, taken apart.</summary>
/// <param name="Kind">What.</param>
/// <param name="Source">The host's folder, or the store's specification; empty for <see cref="MountKind.Memory"/>.</param>
/// <param name="GuestPath">Where the guest sees it.</param>
internal sealed record MountSpecification(MountKind Kind, string Source, string GuestPath)
{
    private const string Separator = "::";

    /// <summary>Takes <c>SOURCE::GUEST</c> apart.</summary>
    /// <exception cref="FormatException">The text has another form.</exception>
    public static MountSpecification Parse(MountKind kind, string text)
    {
        if (kind == MountKind.Memory) return new(kind, string.Empty, Normalize(text));
        var at = text.LastIndexOf(Separator, StringComparison.Ordinal);
        if (at <= 0) throw new FormatException($"'{text}' must have the form {(kind == MountKind.KeyValue ? "SPEC" : "HOST")}::GUEST.");
        return new(kind, text[..at], Normalize(text[(at + Separator.Length)..]));
    }

    /// <summary>What it is, for people.</summary>
    public override string ToString() => Kind switch
    {
        MountKind.HostDirectory => $"folder {Source}",
        MountKind.ReadOnlyHostDirectory => $"folder {Source}, read-only",
        MountKind.Copy => $"copy of {Source}, in memory",
        MountKind.Memory => "in memory",
        _ => $"key-value store, {Source}",
    };

    private static string Normalize(string guestPath)
    {
        var path = guestPath.TrimEnd('/');
        if (!guestPath.StartsWith('/')) throw new FormatException($"The guest path '{guestPath}' must be absolute.");
        return path.Length == 0 ? "/" : path;
    }
}
