using System.Runtime.InteropServices;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Linux;
using WasiCloud.Embedding.Mounts.HostDirectory;

namespace WasiCloud.Embedding.Hosting.Modules;

/// <summary>
/// By what a change of a file shows without reading it: which file a path leads to, its length, and when it was written or anything of it changed.
/// The default is that of no file.
/// </summary>
/// <param name="File">Which file it is.</param>
/// <param name="Size">Its length, in bytes.</param>
/// <param name="Modified">When it was written, in nanoseconds or ticks: a deployment may keep that.</param>
/// <param name="StatusChanged">When anything of it changed, which nobody can set.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FileStamp(HostFileKey File, ulong Size, ulong Modified, ulong StatusChanged)
{
    /// <summary>That of whatever a path leads to now. Opens nothing.</summary>
    public static FileStamp Of(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            var info = new FileInfo(path);
            return info.Exists ? new FileStamp(default, (ulong)info.Length, (ulong)info.LastWriteTimeUtc.Ticks, 0) : default;
        }

        using var node = Libc.OpenPath(path, LinuxOpenFlags.PathOnly | LinuxOpenFlags.CloseOnExec);
        return node is not null && Libc.TryGetStatus(node, out var status) == Errno.Success
            ? Of(status)
            : default;
    }

    /// <summary>That of an open file.</summary>
    public static FileStamp Of(in FileStatus status) => new(status.Key, status.Size, status.ModifiedNanoseconds, status.ChangedNanoseconds);
}
