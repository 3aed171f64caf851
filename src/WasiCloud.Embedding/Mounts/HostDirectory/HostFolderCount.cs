using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Linux;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>
/// One walk through a directory of the host that adds up what is there. Symbolic links are counted, not followed; the content of files that guests have open is
/// left to the quota.
/// </summary>
internal sealed class HostFolderCount
{
    // Each level holds a descriptor, and guests can nest directories as deeply as they like.
    private const int MaxDepth = 64;

    private const long MaxEntries = 1_000_000;

    // Files with several names, whose content is there once.
    private readonly HashSet<HostFileKey> _linked = [];

    private readonly HostQuota _quota;

    private HostFolderCount(HostQuota quota) => _quota = quota;

    public long Bytes { get; private set; }

    public long Nodes { get; private set; }

    /// <summary>Whether nothing was left out.</summary>
    public bool IsComplete { get; private set; } = true;

    public static HostFolderCount Of(HostInode directory, HostQuota quota)
    {
        var count = new HostFolderCount(quota);
        count.Walk(directory, depth: 0);
        return count;
    }

    private void Walk(HostInode directory, int depth)
    {
        using var cursor = new HostDirectoryCursor(directory);
        var position = 0UL;
        Errno error;
        while ((error = cursor.Read(position, out var entry, out position)) == Errno.Success)
        {
            if (Nodes == MaxEntries)
            {
                IsComplete = false;
                return;
            }

            var found = Libc.TryGetStatus(directory.Descriptor, entry.Name, out var status);
            if (found != Errno.Success)
            {
                // Gone meanwhile, or there and not to be seen.
                if (found != Errno.NoEnt) IsComplete = false;
                continue;
            }

            Nodes++;
            if (status.Type == FileType.Directory) Descend(directory, entry.Name, depth + 1);
            else if (_quota.IsOpen(status.Key, directory.Descriptor, entry.Name)) continue;
            else if (status.LinkCount == 1 || _linked.Add(status.Key)) Bytes += status.ContentBytes;
        }

        // A directory that may not be read is one that guests cannot fill either; any other reason is not known to be harmless.
        if (error is not (Errno.NoEnt or Errno.Access)) IsComplete = false;
    }

    private void Descend(HostInode parent, string name, int depth)
    {
        if (depth > MaxDepth)
        {
            IsComplete = false;
            return;
        }

        using var descriptor = Libc.OpenAt(
            parent.Descriptor, name, LinuxOpenFlags.PathOnly | LinuxOpenFlags.Directory | LinuxOpenFlags.NoFollow | LinuxOpenFlags.CloseOnExec);
        if (descriptor is not null) Walk(new HostInode(parent.Tree, descriptor), depth);
        else if (LinuxErrno.Last() is not (Errno.NoEnt or Errno.NotDir or Errno.Loop)) IsComplete = false;
    }
}
