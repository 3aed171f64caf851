namespace WasiCloud.Embedding.Authority;

/// <summary>Makes a <see cref="GuestPolicy"/> in C#.</summary>
/// <remarks>Not thread-safe.</remarks>
/// <example><c>new GuestPolicyBuilder().Allow("/beta/kv/local/todo", GuestAccess.All, isTenant: true).AllowImport("env", "say").Build()</c>.</example>
public sealed class GuestPolicyBuilder
{
    private readonly SortedDictionary<string, GuestPolicyLine> _lines = new(StringComparer.Ordinal);
    private readonly List<ImportGrant> _imports = [];
    private readonly HashSet<ImportGrant> _knownImports = [];
    private GuestLimits _limits = GuestLimits.None;

    /// <summary>Adds a line.</summary>
    /// <param name="path">An absolute path of the guest's tree, without <c>.</c>, <c>..</c>, empty components and control characters.</param>
    /// <param name="access">What may be done with it and with what is below it.</param>
    /// <param name="isTenant">Whether with the part that belongs to the invocation's tenant.</param>
    /// <returns>This object.</returns>
    /// <exception cref="ArgumentException">It is no such path, or has a line already.</exception>
    public GuestPolicyBuilder Allow(string path, GuestAccess access, bool isTenant = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (PolicyPath.ProblemOf(path, out _) is { } problem) throw new ArgumentException($"'{Text.SafeText.Of(path)}' {problem}.", nameof(path));
        if ((access & ~GuestAccess.All) != 0) throw new ArgumentOutOfRangeException(nameof(access), access, "There is no such access.");
        if (!TryAdd(new GuestPolicyLine(path, access) { IsTenant = isTenant }))
            throw new ArgumentException($"'{Text.SafeText.Of(path)}' has a line already.", nameof(path));
        return this;
    }

    /// <summary>Adds a line that takes a path, and what is below it, away.</summary>
    /// <param name="path">As that of <see cref="Allow"/>.</param>
    /// <returns>This object.</returns>
    /// <exception cref="ArgumentException">It is no such path, or has a line already.</exception>
    public GuestPolicyBuilder Deny(string path) => Allow(path, GuestAccess.None);

    /// <summary>Grants functions of the application.</summary>
    /// <param name="module">The module that they are imported from; <see langword="null"/> for any.</param>
    /// <param name="name">The function; <see langword="null"/> for all of the module.</param>
    /// <returns>This object.</returns>
    /// <exception cref="ArgumentException">A name has control characters or half a character.</exception>
    public GuestPolicyBuilder AllowImport(string? module = null, string? name = null)
    {
        var import = new ImportGrant(module, name);
        if (import.Problem is { } problem) throw new ArgumentException($"The import {Text.SafeText.Of(PolicyText.NameOf(import))} {problem}.", nameof(name));
        TryAdd(import);
        return this;
    }

    /// <summary>Sets the limits.</summary>
    /// <param name="limits">Replaces what was set.</param>
    /// <returns>This object.</returns>
    /// <exception cref="ArgumentOutOfRangeException">One of them is less than it can be.</exception>
    public GuestPolicyBuilder Limit(GuestLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        foreach (var kind in LimitKind.All)
        {
            if (kind.Get(limits) is not { } value) continue;
            if (LimitText.Parse(LimitText.Of(value, kind.Unit), kind, out _) is { } problem || value < 0)
                throw new ArgumentOutOfRangeException(nameof(limits), value, $"The limit '{kind.Name}' cannot be {value}.");
        }

        _limits = limits;
        return this;
    }

    /// <summary>Makes the policy of what was added.</summary>
    /// <returns>It; what is added later does not change it.</returns>
    public GuestPolicy Build() => new([.. _lines.Values], [.. _imports], _limits);

    /// <summary>Adds a line, or its rights to the line that its path has.</summary>
    internal void Add(GuestPolicyLine line) =>
        _lines[line.Path] = _lines.TryGetValue(line.Path, out var known) ? known with { Access = known.Access | line.Access } : line;

    internal bool TryAdd(GuestPolicyLine line) => _lines.TryAdd(line.Path, line);

    internal bool TryAdd(ImportGrant import)
    {
        if (!_knownImports.Add(import)) return false;
        _imports.Add(import);
        return true;
    }

    internal bool TrySet(LimitKind kind, long value)
    {
        if (kind.Get(_limits) is not null) return false;
        _limits = kind.With(_limits, value);
        return true;
    }
}
