using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine;

/// <summary>Tells whether anybody else could put files into a folder.</summary>
internal static unsafe partial class FolderTrust
{
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    // statx(2): AT_FDCWD, STATX_UID, and where struct statx has stx_uid. The structure has the same layout on every architecture, unlike struct stat.
    private const int CurrentDirectory = -100;
    private const uint UserField = 0x8;
    private const int UserOffset = 20;
    private const int StatusBytes = 256;
    private const uint Root = 0;

    /// <returns>What is wrong with the folder, or <see langword="null"/>. Elsewhere than on Linux the owner is not checked; on Windows nothing is.</returns>
    public static string? FindProblem(string folder)
    {
        if (OperatingSystem.IsWindows()) return null;
        if ((File.GetUnixFileMode(folder) & OthersWrite) != 0) return "is writable by others";
        if (!OperatingSystem.IsLinux()) return null;
        var status = stackalloc byte[StatusBytes];
        if (GetStatus(CurrentDirectory, folder, flags: 0, UserField, status) != 0) return "has an owner that cannot be found out";
        var owner = *(uint*)(status + UserOffset);
        return owner == Root || owner == GetEffectiveUser() ? null : FormattableString.Invariant($"belongs to another user ({owner})");
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int GetStatus(int directory, string path, int flags, uint mask, byte* status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUser();
}
