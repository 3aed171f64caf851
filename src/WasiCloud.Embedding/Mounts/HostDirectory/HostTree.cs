namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>What the nodes of one mount share.</summary>
/// <param name="descriptors">The process's own descriptors as files.</param>
/// <param name="device">The device of the root.</param>
/// <param name="isReadOnly">Whether changes are refused.</param>
internal sealed class HostTree(ProcessDescriptors descriptors, ulong device, bool isReadOnly)
{
    public ProcessDescriptors Descriptors => descriptors;

    public bool IsReadOnly => isReadOnly;

    public HostFlushes Flushes { get; } = new();

    /// <summary>What is counted, if there are limits.</summary>
    public HostQuota? Quota { get; private set; }

    /// <summary>Gives a node its number within the mount: the host's, unless it is on another file system that is mounted below the root and numbers its files anew.</summary>
    public ulong InodeNumber(ulong nodeDevice, ulong inode)
    {
        if (nodeDevice == device) return inode;

        // Spreads the device over the upper bits, which file systems rarely use: 2^64 divided by the golden ratio.
        var number = inode ^ (nodeDevice * 0x9E37_79B9_7F4A_7C15);
        return number == 0 ? 1 : number;
    }

    /// <summary>Begins to count, with what is there. Before the first guest.</summary>
    public void Limit(HostDirectoryOptions options, HostDescriptor root)
    {
        Quota = new HostQuota(options, new HostInode(this, root), TimeProvider.System);
        Quota.Count(isFirst: true);
    }
}
