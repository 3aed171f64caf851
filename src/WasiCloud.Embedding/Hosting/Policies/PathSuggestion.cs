using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Hosting.Policies;

/// <summary>Finds lines of policies that name what no mount has, which is mostly a slip of the pen.</summary>
internal static class PathSuggestion
{
    /// <summary>Says what is wrong with a path.</summary>
    /// <returns>A sentence, or <see langword="null"/> if a mount has it, or it is one of those where an invocation's own things are.</returns>
    public static string? ProblemOf(string path, MountTable mounts)
    {
        var names = PolicyPath.Split(path);
        if (mounts.Covering(names) is not null || mounts.At(names) is not null) return null;
        if (PolicyPath.Own.Any(own => path == own || path.StartsWith(own + "/", StringComparison.Ordinal))) return null;
        var nearest = mounts.Paths.MinBy(candidate => Distance("/" + string.Join('/', names.Take(candidate.AsSpan().Count('/'))), candidate));
        return nearest is null ? "there is no mount at all" : $"no mount has it; the nearest name is '{SafeText.Of(nearest)}'";
    }

    /// <summary>As <see cref="ProblemOf"/>, of what mounts know to have in them.</summary>
    public static async ValueTask<string?> ProblemOfNameAsync(string path, MountTable mounts, CancellationToken cancellationToken)
    {
        var names = PolicyPath.Split(path);
        if (mounts.Covering(names) is not { Source: INamedMount named, Path: var point }) return null;
        var depth = PolicyPath.Split(point).Length;
        if (names.Length == depth || await named.HasAsync(names[depth], cancellationToken).ConfigureAwait(false)) return null;
        var there = await named.ListAsync(cancellationToken).ConfigureAwait(false);
        var nearest = there.MinBy(name => Distance(names[depth], name));
        var problem = $"there is no '{SafeText.Of(names[depth])}' in {point}";
        return nearest is null ? problem : problem + $"; the nearest name is '{SafeText.Of(nearest)}'";
    }

    // Levenshtein's. Of a path, only the start counts that has as many components as a mount point, so that what is below does not.
    private static int Distance(string start, string candidate)
    {
        var row = Enumerable.Range(0, candidate.Length + 1).ToArray();
        for (var i = 1; i <= start.Length; i++)
        {
            var (diagonal, left) = (row[0], i);
            row[0] = i;
            for (var j = 1; j <= candidate.Length; j++)
            {
                left = Math.Min(Math.Min(row[j] + 1, left + 1), diagonal + (start[i - 1] == candidate[j - 1] ? 0 : 1));
                diagonal = row[j];
                row[j] = left;
            }
        }

        return row[^1];
    }
}
