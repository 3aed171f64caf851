namespace WasiCloud.Embedding.Authority;

/// <summary>A path that observed guests used, or that leads to one. Not thread-safe.</summary>
internal sealed class ObservedPlace
{
    // More children of one use than this are one line of their directory.
    private const int MaxSiblings = 8;

    private readonly SortedDictionary<string, ObservedPlace> _children = new(StringComparer.Ordinal);
    private GuestAccess _access;
    private bool _isTenant;
    private bool _canStandForOthers;

    /// <summary>Records a use.</summary>
    /// <param name="names">The components of the path, from here.</param>
    /// <param name="use">What was done.</param>
    /// <param name="isTenant">Whether with the tenant's part.</param>
    /// <param name="mergedFrom">From which depth on a directory may have a line in place of those of its children.</param>
    /// <param name="room">How many more places there may be.</param>
    /// <returns>Whether the place itself was recorded; otherwise the last directory for which there was room.</returns>
    public bool Record(ReadOnlySpan<string> names, GuestAccess use, bool isTenant, int mergedFrom, ref int room)
    {
        var place = this;
        for (var depth = 0; depth < names.Length; depth++)
        {
            place._canStandForOthers |= depth >= mergedFrom;
            if (!place._children.TryGetValue(names[depth], out var child))
            {
                // A path that leads to a mount is always recorded: there are few, and a line above it would grant other mounts.
                if (room <= 0 && depth >= mergedFrom)
                {
                    (place._access, place._isTenant) = (place._access | use, isTenant);
                    return false;
                }

                room--;
                place._children[names[depth]] = child = new ObservedPlace();
            }

            place = child;
        }

        (place._access, place._isTenant) = (place._access | use, isTenant);
        return true;
    }

    /// <summary>The lines of what was used, in no order; some may say what another one says already.</summary>
    /// <param name="path">The path of this place; empty for the root.</param>
    public List<GuestPolicyLine> ToLines(string path)
    {
        var leaves = new List<GuestPolicyLine>();
        var others = new List<GuestPolicyLine>();
        foreach (var (name, child) in _children)
        {
            var lines = child.ToLines($"{path}/{name}");
            var isLeaf = lines is [var only] && only.Path.Length == path.Length + 1 + name.Length;
            (isLeaf ? leaves : others).AddRange(lines);
        }

        // A name can be moved only to where no more may be done with it, and a directory only as a whole: all that is in it is of one use.
        if (_canStandForOthers && _children.Values.Any(child => (child._access & GuestAccess.Create) != 0))
        {
            var all = leaves.Concat(others).Aggregate(_access, (access, line) => access | line.Access);
            return [new GuestPolicyLine(path.Length == 0 ? "/" : path, all) { IsTenant = leaves.Concat(others).All(line => line.IsTenant) }];
        }

        var (access, isTenant) = (_access, _isTenant);
        foreach (var group in leaves.GroupBy(line => (line.Access, line.IsTenant)))
        {
            var isMerged = _canStandForOthers && group.Count() > MaxSiblings && (access == GuestAccess.None || isTenant == group.Key.IsTenant);
            if (isMerged) (access, isTenant) = (access | group.Key.Access, group.Key.IsTenant);
            else others.AddRange(group);
        }

        if (access != GuestAccess.None) others.Add(new GuestPolicyLine(path.Length == 0 ? "/" : path, access) { IsTenant = isTenant });
        return others;
    }
}
