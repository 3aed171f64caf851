using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace WasiCloud.Embedding.Authority;

/// <summary>
/// What a guest may do: lines of paths, functions of the application that it may import, and limits. What no line names does not exist for it, but for what is
/// the invocation's own (<c>/request</c>, <c>/response</c>, <c>/connection</c>, <c>/beta/http</c>, <c>/tmp</c>, <c>/dev</c>), from which a line can only take.
/// </summary>
/// <remarks>
/// Immutable and thread-safe. The longest line that covers a path decides. Two policies are equal if they say the same, in whatever lines. docs/authority.md is
/// for hosts; what a guest sees of it is in docs/filesystem.md, "Policies".
/// </remarks>
public sealed class GuestPolicy : IEquatable<GuestPolicy>
{
    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly PolicyTree _tree;
    private readonly ConditionalWeakTable<GuestPolicy, GuestPolicy> _intersections = [];
    private string? _canonical;

    internal GuestPolicy(IReadOnlyList<GuestPolicyLine> lines, IReadOnlyList<ImportGrant> imports, GuestLimits limits)
        : this(lines, PolicyTree.Of(lines), imports, limits)
    {
    }

    private GuestPolicy(IReadOnlyList<GuestPolicyLine> lines, PolicyTree tree, IReadOnlyList<ImportGrant> imports, GuestLimits limits) =>
        (Lines, _tree, Imports, Limits) = (lines, tree, imports, limits);

    /// <summary>Nothing but what is the invocation's own, without limits of its own.</summary>
    public static GuestPolicy Nothing { get; } = new([], [], GuestLimits.None);

    /// <summary>Everything, as without a policy: <c>/ rwc</c> and <c>import *</c>.</summary>
    public static GuestPolicy Everything { get; } = new([new GuestPolicyLine("/", GuestAccess.All)], [ImportGrant.Any], GuestLimits.None);

    /// <summary>The lines, in the order of their paths, each path once.</summary>
    public IReadOnlyList<GuestPolicyLine> Lines { get; }

    /// <summary>The functions of the application that a module may import.</summary>
    public IReadOnlyList<ImportGrant> Imports { get; }

    /// <summary>The limits.</summary>
    public GuestLimits Limits { get; }

    internal PolicyTree Tree => _tree;

    /// <summary>Reads the text of a policy: a line for each path, <c>import</c> and <c>limit</c>, and comments behind <c>#</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="source">What it is called in messages: a file's name.</param>
    /// <returns>The policy.</returns>
    /// <exception cref="GuestPolicyFormatException">It is none: the message tells line and column.</exception>
    public static GuestPolicy Parse(string text, string source = "policy")
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(source);
        return PolicyReader.Read(text, source);
    }

    /// <summary>Reads a file that is the text of a policy, or JSON if its name ends with <c>.json</c>.</summary>
    /// <param name="path">The file, in UTF-8.</param>
    /// <returns>The policy.</returns>
    /// <exception cref="GuestPolicyFormatException">It is none: the message tells file, line and column.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static GuestPolicy Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string text;
        try
        {
            text = File.ReadAllText(path, s_strictUtf8);
        }
        catch (DecoderFallbackException exception)
        {
            // Replaced, a path would be that of something else.
            throw new GuestPolicyFormatException(path, $"The file is not UTF-8: {Text.SafeText.OfMessage(exception.Message)}");
        }

        return path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? PolicyJson.Read(text, path) : Parse(text, path);
    }

    /// <summary>
    /// Reads JSON: <c>{ "lines": ["/beta/kv/local rwc"], "imports": ["env.say"], "limits": { "memory": "64MiB" } }</c>, each of which may be left out.
    /// </summary>
    /// <param name="json">The text. Comments and commas at the ends of lists are allowed; members are the same in whatever case.</param>
    /// <param name="source">What it is called in messages: a file's name.</param>
    /// <returns>The policy.</returns>
    /// <exception cref="GuestPolicyFormatException">It is none: the message tells where, such as <c>$.lines[2], column 7</c>.</exception>
    public static GuestPolicy FromJson(string json, string source = "policy")
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(source);
        return PolicyJson.Read(json, source);
    }

    /// <summary>Reads JSON as <see cref="FromJson(string, string)"/> does.</summary>
    /// <param name="json">The text in UTF-8, which is read to its end and left open.</param>
    /// <param name="source">What it is called in messages: a file's name.</param>
    /// <returns>The policy.</returns>
    /// <exception cref="GuestPolicyFormatException">It is none.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static GuestPolicy FromJson(Stream json, string source = "policy")
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(source);
        return PolicyJson.Read(json, source);
    }

    /// <summary>Reads JSON as <see cref="FromJson(string, string)"/> does.</summary>
    /// <param name="json">An object.</param>
    /// <returns>The policy.</returns>
    /// <exception cref="GuestPolicyFormatException">It is none.</exception>
    public static GuestPolicy FromJson(JsonElement json) => PolicyJson.Read(json, "$");

    /// <summary>Reads a section of a configuration, such as <c>Guests:todo:Policy</c>, with the members of <see cref="FromJson(string, string)"/>.</summary>
    /// <param name="section">The section, as it is now: a policy does not change.</param>
    /// <returns>The policy.</returns>
    /// <exception cref="GuestPolicyFormatException">It is none, or there is no such section: the message tells its path.</exception>
    public static GuestPolicy FromConfiguration(IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return PolicyConfiguration.Read(section);
    }

    /// <summary>What both allow: of each path the rights that both give, the imports that both name, the smaller of each limit.</summary>
    /// <param name="other">The other policy.</param>
    /// <returns>The same object each time, as long as it is held: it is found once for each pair of objects.</returns>
    public GuestPolicy Intersect(GuestPolicy other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (ReferenceEquals(this, other)) return this;
        return _intersections.TryGetValue(other, out var known) ? known : _intersections.GetValue(other, IntersectAnew);
    }

    /// <summary>
    /// What either allows: of each path the rights that either gives, the imports that either names, the larger of each limit and none where one has none. For
    /// policies that were learned apart; it is found each time.
    /// </summary>
    /// <param name="other">The other policy.</param>
    /// <returns>A policy. Of a place like <c>/tmp</c>, of which only one speaks, it says what that one says.</returns>
    /// <exception cref="ArgumentException">One speaks of a tenant's part of a path, and the other of the whole.</exception>
    public GuestPolicy Union(GuestPolicy other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var tree = PolicyTree.Unite(_tree, other._tree);
        return new GuestPolicy(tree.ToLines(), tree, Simplified(Imports.Concat(other.Imports)), Limits.Unite(other.Limits));
    }

    /// <summary>What may be done with a path.</summary>
    /// <param name="path">An absolute path, without <c>.</c>, <c>..</c> and empty components.</param>
    /// <returns>The line that decides, as it stands here; <see langword="null"/> if none does, and the path does not exist.</returns>
    /// <exception cref="ArgumentException">It is no such path.</exception>
    public GuestPolicyLine? Find(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (PolicyPath.ProblemOf(path, out _) is { } problem) throw new ArgumentException($"'{Text.SafeText.Of(path)}' {problem}.", nameof(path));
        GuestPolicyLine? found = null;
        foreach (var line in Lines)
        {
            if (Covers(line.Path, path) && (found is not { } shorter || shorter.Path.Length < line.Path.Length)) found = line;
        }

        foreach (var own in PolicyPath.Own)
        {
            if (Covers(own, path) && (found is not { } line || line.Path.Length < own.Length))
                found = new GuestPolicyLine(own, GuestAccess.All) { IsOwn = true };
        }

        return found;
    }

    /// <summary>Whether a module may import a function of the application.</summary>
    /// <param name="module">The module's part of the import.</param>
    /// <param name="name">The function's name.</param>
    /// <returns>Whether one of <see cref="Imports"/> is for it.</returns>
    public bool AllowsImport(string module, string name) => Imports.Any(import => import.Covers(module, name));

    /// <inheritdoc/>
    public bool Equals([NotNullWhen(true)] GuestPolicy? other) =>
        other is not null && (ReferenceEquals(this, other) || string.Equals(Canonical, other.Canonical, StringComparison.Ordinal));

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => Equals(obj as GuestPolicy);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Canonical);

    /// <summary>The text of the policy, which <see cref="Parse"/> reads.</summary>
    /// <returns>Its lines in the order of their paths, then imports, then limits; each ends with LF.</returns>
    public override string ToString() => Print(Lines, Imports, Limits);

    /// <summary>The policy as JSON, which <see cref="FromJson(string, string)"/> reads.</summary>
    /// <returns>Lines, imports and limits as in <see cref="ToString"/>; ends with LF.</returns>
    public string ToJson() => PolicyJson.Print(this);

    /// <summary>The same in the fewest lines.</summary>
    /// <returns>A policy that is equal to this one.</returns>
    public GuestPolicy Simplify() => new(_tree.ToLines(), _tree, SimplifiedImports(), Limits);

    private string Canonical => _canonical ??= Print(_tree.ToLines(), SimplifiedImports(), Limits);

    private GuestPolicy IntersectAnew(GuestPolicy other)
    {
        var tree = PolicyTree.Intersect(_tree, other._tree);
        return new GuestPolicy(tree.ToLines(), tree, IntersectImports(other), Limits.Intersect(other.Limits));
    }

    private static bool Covers(string line, string path) =>
        line == "/" || (path.StartsWith(line, StringComparison.Ordinal) && (path.Length == line.Length || path[line.Length] == '/'));

    private static string Print(IReadOnlyList<GuestPolicyLine> lines, IReadOnlyList<ImportGrant> imports, GuestLimits limits)
    {
        var text = new StringBuilder();
        foreach (var line in lines) text.Append(PolicyText.Of(line)).Append('\n');
        foreach (var import in imports) text.Append(PolicyText.Of(import)).Append('\n');
        foreach (var kind in LimitKind.All)
        {
            if (kind.Get(limits) is { } value) text.Append(PolicyText.Of(kind, value)).Append('\n');
        }

        return text.ToString();
    }

    private ImportGrant[] SimplifiedImports() => Simplified(Imports);

    private static ImportGrant[] Simplified(IEnumerable<ImportGrant> imports)
    {
        var all = imports.ToHashSet();
        return
        [
            .. all.Where(import => !IsCovered(import)).OrderBy(import => import.Module, StringComparer.Ordinal)
                .ThenBy(import => import.Name, StringComparer.Ordinal),
        ];

        bool IsCovered(ImportGrant import) => (import != ImportGrant.Any && all.Contains(ImportGrant.Any))
            || (import is { Module: not null, Name: not null }
                && (all.Contains(new ImportGrant(import.Module, null)) || all.Contains(new ImportGrant(null, import.Name))));
    }

    private ImportGrant[] IntersectImports(GuestPolicy other) => Simplified(
        from first in SimplifiedImports() from second in other.SimplifiedImports() let both = first.Intersect(second) where both is not null select both.Value);
}
