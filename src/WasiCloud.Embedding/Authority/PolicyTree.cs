namespace WasiCloud.Embedding.Authority;

/// <summary>The lines of a policy as a tree of their paths' components, with the lines that every policy has. Not changed once it is made.</summary>
internal sealed class PolicyTree
{
    private static readonly PolicyTree s_nothing = new();

    private readonly SortedDictionary<string, PolicyTree> _children = new(StringComparer.Ordinal);

    /// <summary>What is below, by component.</summary>
    public IReadOnlyDictionary<string, PolicyTree> Children => _children;

    /// <summary>What a line says of exactly this path.</summary>
    public PathGrant? Grant { get; private set; }

    /// <summary>Whether every policy says something of this path.</summary>
    public bool IsOwnPlace { get; private set; }

    /// <summary>Makes the tree of lines.</summary>
    public static PolicyTree Of(IEnumerable<GuestPolicyLine> lines)
    {
        var root = new PolicyTree();
        foreach (var path in PolicyPath.Own)
        {
            var place = root.At(path);
            (place.Grant, place.IsOwnPlace) = (PathGrant.Own, true);
        }

        foreach (var line in lines) root.At(line.Path).Grant = line.Grant;
        return root;
    }

    /// <summary>What two trees have in common: of each path, what both say.</summary>
    public static PolicyTree Intersect(PolicyTree first, PolicyTree second) =>
        Combine(first, PathGrant.None, second, PathGrant.None, string.Empty, static (one, other, _) => one.Intersect(other));

    /// <summary>What two trees say: of each path, what either does.</summary>
    /// <exception cref="ArgumentException">One speaks of the tenant's part of a path, and the other of the whole.</exception>
    public static PolicyTree Unite(PolicyTree first, PolicyTree second) => Combine(
        first, PathGrant.None, second, PathGrant.None, string.Empty, static (one, other, path) => one.Unite(other) ?? throw new ArgumentException(
            $"One policy speaks of what a tenant has of '{Text.SafeText.Of(path)}', and the other of what all have: no line can say both.", nameof(other)));

    /// <summary>The lines that say what this tree does, and none that another one says already; in the order of their paths.</summary>
    public List<GuestPolicyLine> ToLines()
    {
        var lines = new List<GuestPolicyLine>();
        Collect(lines, path: string.Empty, PathGrant.None);
        return lines;
    }

    private static PolicyTree Combine(
        PolicyTree first, PathGrant firstAbove, PolicyTree second, PathGrant secondAbove, string path, Func<PathGrant, PathGrant, string, PathGrant> combine)
    {
        var (firstGrant, secondGrant) = (first.Grant ?? firstAbove, second.Grant ?? secondAbove);
        var result = new PolicyTree
        {
            Grant = combine(firstGrant, secondGrant, path.Length == 0 ? "/" : path),
            IsOwnPlace = first.IsOwnPlace || second.IsOwnPlace,
        };
        foreach (var name in first._children.Keys.Union(second._children.Keys, StringComparer.Ordinal))
        {
            result._children[name] = Combine(
                first._children.GetValueOrDefault(name, s_nothing), firstGrant, second._children.GetValueOrDefault(name, s_nothing), secondGrant,
                $"{path}/{name}", combine);
        }

        return result;
    }

    private PolicyTree At(string path)
    {
        var place = this;
        foreach (var name in PolicyPath.Split(path))
        {
            if (!place._children.TryGetValue(name, out var child)) place._children[name] = child = new PolicyTree();
            place = child;
        }

        return place;
    }

    private void Collect(List<GuestPolicyLine> lines, string path, PathGrant above)
    {
        var grant = Grant ?? above;
        if (grant != (IsOwnPlace ? PathGrant.Own : above))
            lines.Add(new GuestPolicyLine(path.Length == 0 ? "/" : path, grant.Access) { IsTenant = grant.IsTenant, IsOwn = grant.IsOwn });
        foreach (var (name, child) in _children) child.Collect(lines, $"{path}/{name}", grant);
    }
}
