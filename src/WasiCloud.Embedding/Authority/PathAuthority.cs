namespace WasiCloud.Embedding.Authority;

/// <summary>
/// What a policy says of one place in a guest's tree, and of the places below it. Found step by step as a path is walked. Immutable, and shared by all
/// invocations under the policy.
/// </summary>
internal class PathAuthority
{
    // Up to so many, comparing them one after another is faster than a dictionary.
    private const int MaxCompared = 8;

    private readonly string[] _names;
    private readonly PathAuthority[] _children;
    private readonly Dictionary<string, PathAuthority>? _index;

    /// <summary>A place below which nothing else is said.</summary>
    public PathAuthority(GuestAccess access, bool isTenant = false)
    {
        (Access, IsTenant, _names, _children) = (access, isTenant, [], []);
        Others = this;
    }

    /// <summary>A place, and what is below it.</summary>
    /// <param name="path">The path that leads to it.</param>
    /// <param name="access">What may be done.</param>
    /// <param name="isTenant">Whether with the tenant's part.</param>
    /// <param name="children">Places below it of which something else is said.</param>
    /// <param name="isRefused">Whether what is below it and has no line of its own is denied.</param>
    public PathAuthority(
        string path, GuestAccess access, bool isTenant, IReadOnlyDictionary<string, PathAuthority> children, bool isRefused = false)
    {
        (Path, Access, IsTenant) = (path, access, isTenant);
        (_names, _children) = ([.. children.Keys], [.. children.Values]);
        if (_names.Length > MaxCompared) _index = new Dictionary<string, PathAuthority>(children, StringComparer.Ordinal);
        if (_names.Length == 0) Others = this;
        else if (access == GuestAccess.None) Others = isRefused ? Refused : Nothing;
        else Others = new PathAuthority(access, isTenant);
    }

    /// <summary>The same place.</summary>
    protected PathAuthority(PathAuthority other)
    {
        (Path, Access, IsTenant, IsRefused) = (other.Path, other.Access, other.IsTenant, other.IsRefused);
        (_names, _children, _index, Others) = (other._names, other._children, other._index, other.Others);
    }

    /// <summary>What a guest may do that no policy binds.</summary>
    public static PathAuthority Everything { get; } = new(GuestAccess.All);

    /// <summary>What does not exist for the guest.</summary>
    public static PathAuthority Nothing { get; } = new(GuestAccess.None);

    /// <summary>What exists and is denied: a tenant's part for a guest that has no tenant.</summary>
    public static PathAuthority Refused { get; } = new(GuestAccess.None) { IsRefused = true };

    /// <summary>The path, of a place of which something else is said than of what is above it.</summary>
    public string? Path { get; }

    /// <summary>What may be done with this place.</summary>
    public GuestAccess Access { get; }

    /// <summary>Whether it is of the part that belongs to the invocation's tenant.</summary>
    public bool IsTenant { get; }

    /// <summary>Whether it is denied as a whole.</summary>
    public bool IsRefused { get; private init; }

    /// <summary>Of what is below it and has no line of its own.</summary>
    public PathAuthority Others { get; }

    /// <summary>Whether something else may be said of places below it.</summary>
    public bool IsDivided => _names.Length > 0;

    /// <summary>Whether <see cref="Below"/> has to be asked: something else may be said of places below it, or somebody wants to know them.</summary>
    public virtual bool IsStepped => _names.Length > 0;

    /// <summary>Whether the guest can find anything here.</summary>
    public bool Exists => Access != GuestAccess.None || IsDivided || IsRefused;

    /// <summary>Whether it only leads to what is granted below it: as a directory, in which nothing else is.</summary>
    public bool IsWay => Access == GuestAccess.None && IsDivided;

    /// <summary>What is said of a name below it.</summary>
    public virtual PathAuthority Below(string name)
    {
        if (_names.Length == 0) return this;
        if (_index is not null) return _index.GetValueOrDefault(name, Others);
        for (var index = 0; index < _names.Length; index++)
        {
            if (string.Equals(_names[index], name, StringComparison.Ordinal)) return _children[index];
        }

        return Others;
    }

    /// <summary>Whether something is said of exactly this name.</summary>
    public bool Names(string name) => _names.AsSpan().Contains(name);

    /// <summary>Whether a listing shows a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="isDirectory">Whether it is that of a directory, or may be.</param>
    public virtual bool Shows(string name, bool isDirectory) =>
        Below(name) is { Exists: true, IsRefused: false } below && (isDirectory || !below.IsWay);

    /// <summary>Whether the guest may read what has a path below this place.</summary>
    /// <param name="path">Components between slashes.</param>
    public bool AllowsReading(string path)
    {
        var place = this;
        for (var start = 0; place.IsDivided && start < path.Length;)
        {
            var slash = path.IndexOf('/', start);
            var end = slash < 0 ? path.Length : slash;
            if (end > start) place = place.Below(path[start..end]);
            start = end + 1;
        }

        return place.Allows(GuestAccess.Read);
    }

    /// <summary>Whether all of these may be done.</summary>
    public bool Allows(GuestAccess access) => (Access & access) == access;

    /// <summary>Something that may be done is done.</summary>
    public virtual void Note(GuestAccess access)
    {
    }
}
