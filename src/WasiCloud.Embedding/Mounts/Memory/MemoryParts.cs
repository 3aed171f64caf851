using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Memory;

/// <summary>The trees of tenants. Thread-safe.</summary>
/// <param name="options">The limits of each, and of their number.</param>
/// <param name="timeProvider">The clock of the trees.</param>
internal sealed class MemoryParts(MemoryMountOptions options, TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, MemoryTree> _trees = new(StringComparer.Ordinal);

    /// <summary>Gives a guest the root of its tenant's tree.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="limits">What the guest's policy says: from now on, the tree is to hold no more.</param>
    /// <exception cref="ErrnoException"><see cref="Errno.NoSpc"/>: there are too many.</exception>
    public MemoryDirectory Attach(string tenant, GuestLimits? limits)
    {
        lock (_lock)
        {
            if (!_trees.TryGetValue(tenant, out var tree))
            {
                if (_trees.Count >= options.MaxTenants) RemoveEmpty();
                if (_trees.Count >= options.MaxTenants) throw new ErrnoException(Errno.NoSpc);
                _trees.Add(tenant, tree = new MemoryTree(options, timeProvider));
                tree.Root.Inode.AddReference();
            }

            tree.Quota.Limit(
                Math.Min(options.MaxBytes, limits?.TenantStoredBytes ?? long.MaxValue), Math.Min(options.MaxNodes, limits?.TenantStoredKeys ?? long.MaxValue));
            tree.Root.Inode.AddReference();
            return tree.Root;
        }
    }

    // A guest that has one attached holds its root, also while it is empty; a name that is removed holds what it named as long as that is open.
    private void RemoveEmpty()
    {
        foreach (var (tenant, tree) in _trees)
        {
            if (tree.Quota.UsedNodes == 0 && !tree.Root.Inode.IsHeld) _trees.Remove(tenant);
        }
    }
}
