namespace WasiCloud.Embedding.Authority;

/// <summary>
/// Observes what guests use, and learns a policy of it: given to requests as <see cref="InvocationRequest.PolicyObserver"/>. It lets guests do what they may do
/// without it. What it learns covers only what ran.
/// </summary>
/// <remarks>Thread-safe. One can observe any number of guests, of one module or of several. docs/authority.md, "Learning a policy", has the rules.</remarks>
public sealed class GuestPolicyObserver
{
    /// <summary>How many paths are kept unless it is said otherwise.</summary>
    public const int DefaultMaxPaths = 10_000;

    private readonly Lock _lock = new();
    private readonly ObservedPlace _root = new();
    private readonly HashSet<ImportGrant> _imports = [];
    private int _room;
    private long _invocations;
    private long _leftOut;

    /// <summary>Makes an observer that has seen nothing.</summary>
    /// <param name="maxPaths">How many paths are kept, with the directories that lead to them; of more, the directory is. From 1; default 10,000.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1.</exception>
    public GuestPolicyObserver(int maxPaths = DefaultMaxPaths)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPaths, 1);
        _room = maxPaths;
    }

    /// <summary>How many guests were observed.</summary>
    public long Invocations => Interlocked.Read(ref _invocations);

    /// <summary>How many uses were recorded as those of a directory, as there was no room for their paths: then the policy allows more than was used.</summary>
    public long LeftOut => Interlocked.Read(ref _leftOut);

    /// <summary>What the guests used until now, in the fewest lines.</summary>
    /// <returns>
    /// A policy. More than eight names of a directory with the same use are one line of the directory, never above a mount point, nor at one below
    /// <c>/beta</c>. It has no limits, and nothing of what is the invocation's own.
    /// </returns>
    public GuestPolicy Learn()
    {
        lock (_lock)
        {
            var builder = new GuestPolicyBuilder();
            foreach (var line in _root.ToLines(string.Empty))
            {
                // A name that no line can hold, such as one with control characters, has the line of its directory.
                var path = line.Path;
                while (PolicyPath.ProblemOf(path, out _) is not null) path = path.LastIndexOf('/') is var slash and > 0 ? path[..slash] : "/";
                builder.Add(line with { Path = path });
            }

            foreach (var import in _imports) builder.TryAdd(import.Problem is null ? import : import with { Name = null });
            return builder.Build().Simplify();
        }
    }

    /// <summary>A guest begins.</summary>
    internal void Begin(IEnumerable<(string Module, string Name)> imports)
    {
        Interlocked.Increment(ref _invocations);
        lock (_lock)
        {
            foreach (var (module, name) in imports) _imports.Add(new ImportGrant(module, name));
        }
    }

    /// <summary>A guest uses a path.</summary>
    internal void Record(ReadOnlySpan<string> names, GuestAccess access, bool isTenant, int mergedFrom)
    {
        lock (_lock)
        {
            if (!_root.Record(names, access, isTenant, mergedFrom, ref _room)) Interlocked.Increment(ref _leftOut);
        }
    }
}
