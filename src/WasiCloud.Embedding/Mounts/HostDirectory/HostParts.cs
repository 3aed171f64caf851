using System.Runtime.InteropServices;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Linux;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>The folders of tenants below one directory. Thread-safe.</summary>
/// <remarks>
/// Of a tenant without a guest nothing is held, but of those with limits that were here last: what they have is counted, and need not be counted again.
/// </remarks>
/// <param name="root">The directory.</param>
/// <param name="options">The limits of each part; <see langword="null"/> if nothing can be written.</param>
internal sealed class HostParts(HostInode root, HostDirectoryOptions? options)
{
    // 0700: they are nobody's business but this process's.
    private const uint Mode = 0x1C0;

    // Each holds one descriptor.
    private const int MaxRecent = 64;
    private const int FirstSweep = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<Key, Part> _counted = [];
    private readonly Queue<HostTree> _recent = new();
    private int _sweepAt = FirstSweep;

    /// <summary>Opens a tenant's folder, which is made if it is not there.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="limits">What the guest's policy says.</param>
    /// <param name="cancellationToken">Ends the wait for the first count of what is there.</param>
    /// <exception cref="IOException">It is no folder, or cannot be opened.</exception>
    public ValueTask<VirtualDirectory> OpenAsync(string tenant, GuestLimits? limits, CancellationToken cancellationToken)
    {
        var name = TenantName.ToFileName(tenant);
        if (options is null)
        {
            var found = TryOpen(name);
            if (found is null && LinuxErrno.Last() == Errno.NoEnt) return new(new EmptyDirectory());
            return new(new HostDirectoryNode(new HostInode(root.Tree.NewPart(), found ?? throw Failure(name))));
        }

        var key = new Key(name, Least(options.MaxBytes, limits?.TenantStoredBytes), Least(options.MaxNodes, limits?.TenantStoredKeys));
        var folder = OpenOrMake(name);
        if (key is { MaxBytes: null, MaxNodes: null }) return new(new HostDirectoryNode(new HostInode(root.Tree.NewPart(), folder)));
        return OpenCountedAsync(key, folder, cancellationToken);
    }

    private async ValueTask<VirtualDirectory> OpenCountedAsync(Key key, HostDescriptor folder, CancellationToken cancellationToken)
    {
        try
        {
            var tree = await FindAsync(key).WaitAsync(cancellationToken).ConfigureAwait(false);
            return new HostDirectoryNode(new HostInode(tree, folder));
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    private Task<HostTree> FindAsync(Key key)
    {
        lock (_lock)
        {
            if (!_counted.TryGetValue(key, out var part))
            {
                SweepIfDue();
                _counted.Add(key, part = new Part());
            }

            if (part.Tree?.TryGetTarget(out var tree) == true) return Task.FromResult(tree);
            return part.Counting ??= Task.Run(() => Count(key, part));
        }
    }

    // On a thread of its own: there may be much.
    private HostTree Count(Key key, Part part)
    {
        HostTree? tree = null;
        try
        {
            var counted = root.Tree.NewPart();
            counted.Limit(new HostDirectoryOptions { MaxBytes = key.MaxBytes, MaxNodes = key.MaxNodes }, OpenOrMake(key.Name));
            return tree = counted;
        }
        finally
        {
            lock (_lock)
            {
                part.Counting = null;
                if (tree is not null)
                {
                    part.Tree = new WeakReference<HostTree>(tree);
                    _recent.Enqueue(tree);
                    if (_recent.Count > MaxRecent) _recent.Dequeue();
                }
            }
        }
    }

    private void SweepIfDue()
    {
        if (_counted.Count < _sweepAt) return;
        foreach (var (key, part) in _counted)
        {
            if (part.Counting is null && part.Tree?.TryGetTarget(out _) != true) _counted.Remove(key);
        }

        _sweepAt = Math.Max(FirstSweep, 2 * _counted.Count);
    }

    private HostDescriptor OpenOrMake(string name)
    {
        if (TryOpen(name) is { } there) return there;
        if (LinuxErrno.Last() != Errno.NoEnt) throw Failure(name);
        var error = LinuxErrno.FromResult(Libc.MakeDirectoryAt(root.Descriptor, name, Mode));
        if (error is not (Errno.Success or Errno.Exist)) throw new ErrnoException(error);
        return TryOpen(name) ?? throw Failure(name);
    }

    private HostDescriptor? TryOpen(string name) => Libc.OpenAt(
        root.Descriptor, name, LinuxOpenFlags.PathOnly | LinuxOpenFlags.Directory | LinuxOpenFlags.NoFollow | LinuxOpenFlags.CloseOnExec);

    private static IOException Failure(string name) => new($"The folder '{name}' of a tenant cannot be opened, or is none: {LinuxErrno.Last()}.");

    private static long? Least(long? first, long? second) => first is { } one && second is { } other ? Math.Min(one, other) : first ?? second;

    private sealed class Part
    {
        /// <summary>What guests of the tenant have, as long as one of them lives.</summary>
        public WeakReference<HostTree>? Tree { get; set; }

        public Task<HostTree>? Counting { get; set; }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Key(string Name, long? MaxBytes, long? MaxNodes);
}
