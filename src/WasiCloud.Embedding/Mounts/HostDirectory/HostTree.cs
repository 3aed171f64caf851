using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>What the nodes of one mount share.</summary>
/// <param name="descriptors">The process's own descriptors as files.</param>
/// <param name="device">The device of the root.</param>
/// <param name="isReadOnly">Whether changes are refused.</param>
/// <param name="isInMemory">Whether the root is in memory only.</param>
internal sealed class HostTree(ProcessDescriptors descriptors, ulong device, bool isReadOnly, bool isInMemory)
{
    // Whether closing may free a large file. Until a guest removes one, closing costs nothing more for it.
    private volatile bool _hasRemovedLarge;

    public ProcessDescriptors Descriptors => descriptors;

    public bool IsReadOnly => isReadOnly;

    /// <summary>What <c>/dev/random</c> gives, if there is one.</summary>
    public IRandomSource Random { get; init; } = SystemRandomSource.Instance;

    public SlowCalls SlowCalls { get; private init; } = new();

    /// <summary>What is counted, if there are limits.</summary>
    public HostQuota? Quota { get; private set; }

    /// <summary>Another tree of the same folder: nothing is moved or linked from one to the other. They share the threads of slow calls.</summary>
    public HostTree NewPart() => new(descriptors, device, isReadOnly, isInMemory) { Random = Random, SlowCalls = SlowCalls };

    /// <summary>
    /// Gives a node its number within the mount: the host's, unless it is on another file system that is mounted below the root and numbers its files anew.
    /// </summary>
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

    /// <summary>Whether flushing a file takes no time: there is nothing to flush it to.</summary>
    /// <remarks>Asked only where the root is like that, since a network file system may take long to answer.</remarks>
    public bool FlushesAtOnce(HostDescriptor descriptor) => isInMemory && Libc.IsInMemory(descriptor);

    /// <summary>A guest removes a large file, or what it takes may be freed when it is closed.</summary>
    public void RemovesLarge() => _hasRemovedLarge = true;

    /// <summary>Whether closing may last.</summary>
    public bool ClosesSlowly(HostDescriptor descriptor) =>
        _hasRemovedLarge && Libc.TryGetStatus(descriptor, out var status) == Errno.Success && status is { IsRemoved: true, IsLarge: true };

    /// <summary>Closes a descriptor; where that may last, later.</summary>
    public void Close(HostDescriptor descriptor)
    {
        if (ClosesSlowly(descriptor)) SlowCalls.Close(descriptor);
        else descriptor.Dispose();
    }
}
