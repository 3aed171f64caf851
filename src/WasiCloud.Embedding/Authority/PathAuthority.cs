namespace WasiCloud.Embedding.Authority;

/// <summary>
/// What a policy says of one place in a guest's tree, and of the places below it. Found step by step as a path is walked. Immutable, and shared by all
/// invocations under the policy.
/// </summary>
internal sealed class PathAuthority
{
    // Up to so many, comparing them one after another is faster than a dictionary.
    private const int MaxCompared = 8;

    private readonly string[] _names;
    private readonly PathAuthority[] _children;
    private readonly Dictionary<string, PathAuthority>? _index;

    /// <summary>A place, and what is below it.</summary>
    /// <param name="access">What may be done.</param>
    /// <param name="isTenant">Whether with the tenant's part.</param>
    /// <param name="children">Places below it of which something else is said.</param>
    public PathAuthority(GuestAccess access, bool isTenant, IReadOnlyDictionary<string, PathAuthority> children)
    {
        (Access, IsTenant) = (access, isTenant);
        (_names, _children) = ([.. children.Keys], [.. children.Values]);
        if (_names.Length > MaxCompared) _index = new Dictionary<string, PathAuthority>(children, StringComparer.Ordinal);
        Others = _names.Length == 0 ? this : access == GuestAccess.None ? Nothing : new PathAuthority(access, isTenant);
    }

    private PathAuthority(GuestAccess access, bool isTenant)
    {
        (Access, IsTenant, _names, _children) = (access, isTenant, [], []);
        Others = this;
    }

    /// <summary>What a guest may do whom no policy binds.</summary>
    public static PathAuthority Everything { get; } = new(GuestAccess.All, isTenant: false);

    /// <summary>What does not exist for the guest.</summary>
    public static PathAuthority Nothing { get; } = new(GuestAccess.None, isTenant: false);

    /// <summary>What may be done with this place.</summary>
    public GuestAccess Access { get; }

    /// <summary>Whether it is of the part that belongs to the invocation's tenant.</summary>
    public bool IsTenant { get; }

    /// <summary>Of what is below it and has no line of its own.</summary>
    public PathAuthority Others { get; }

    /// <summary>Whether something else is said of places below it.</summary>
    public bool IsDivided => _names.Length > 0;

    /// <summary>Whether the guest can find anything here.</summary>
    public bool Exists => Access != GuestAccess.None || IsDivided;

    /// <summary>Whether it only leads to what is granted below it: as a directory, in which nothing else is.</summary>
    public bool IsWay => Access == GuestAccess.None && IsDivided;

    /// <summary>The names of the places below it of which something else is said.</summary>
    public ReadOnlySpan<string> Names => _names;

    /// <summary>What is said of a name below it.</summary>
    public PathAuthority Below(string name)
    {
        if (_names.Length == 0) return this;
        if (_index is not null) return _index.GetValueOrDefault(name, Others);
        for (var index = 0; index < _names.Length; index++)
        {
            if (string.Equals(_names[index], name, StringComparison.Ordinal)) return _children[index];
        }

        return Others;
    }

    /// <summary>What is said of a path below it.</summary>
    /// <param name="path">Components between slashes; empty ones are passed over.</param>
    public PathAuthority BelowPath(ReadOnlySpan<char> path)
    {
        var place = this;
        foreach (var range in path.Split('/'))
        {
            if (!place.IsDivided) return place;
            var name = path[range];
            if (!name.IsEmpty) place = place.Below(name);
        }

        return place;
    }

    /// <summary>Whether all of these may be done.</summary>
    public bool Allows(GuestAccess access) => (Access & access) == access;

    private PathAuthority Below(ReadOnlySpan<char> name)
    {
        for (var index = 0; index < _names.Length; index++)
        {
            if (name.SequenceEqual(_names[index])) return _children[index];
        }

        return Others;
    }
}
