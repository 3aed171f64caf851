using System.Text.RegularExpressions;

namespace WasiCloud.Documentation;

/// <summary>One page of Markdown.</summary>
/// <param name="Path">Its path from the root, with <c>/</c>.</param>
/// <param name="Lines">Its lines.</param>
internal sealed partial record Page(string Path, IReadOnlyList<string> Lines)
{
    private const string Fence = "```";

    /// <summary>The folder that relative links start from.</summary>
    public string Folder => Path.Contains('/', StringComparison.Ordinal) ? Path[..Path.LastIndexOf('/')] : string.Empty;

    public static Page Read(string path) => new(path, File.ReadAllLines(Repository.Full(path)));

    /// <summary>The fenced blocks.</summary>
    public IEnumerable<CodeBlock> Blocks()
    {
        for (var index = 0; index < Lines.Count; index++)
        {
            if (!Lines[index].StartsWith(Fence, StringComparison.Ordinal)) continue;
            var first = index + 1;
            for (index = first; index < Lines.Count && !Lines[index].StartsWith(Fence, StringComparison.Ordinal); index++)
            {
            }

            yield return new CodeBlock(Path, first + 1, Lines[first - 1][Fence.Length..].Trim(), [.. Lines.Skip(first).Take(index - first)]);
        }
    }

    /// <summary>The lines outside of fenced blocks, with their numbers, and without what is in backticks unless it is asked for.</summary>
    public IEnumerable<(int Number, string Text)> Prose(bool withCode = false)
    {
        var isCode = false;
        for (var index = 0; index < Lines.Count; index++)
        {
            if (Lines[index].StartsWith(Fence, StringComparison.Ordinal)) isCode = !isCode;
            else if (!isCode) yield return (index + 1, withCode ? Lines[index] : CodeSpan.Replace(Lines[index], string.Empty));
        }
    }

    /// <summary>The names that links to headings have, as GitHub and NuGet make them.</summary>
    public IReadOnlySet<string> Anchors() =>
        Prose(withCode: true).Where(line => line.Text.StartsWith('#')).Select(line => Anchor(line.Text.TrimStart('#').Trim()))
        .ToHashSet(StringComparer.Ordinal);

    public static string Anchor(string heading) => NotInAnAnchor.Replace(heading.ToLowerInvariant(), string.Empty).Replace(' ', '-');

    [GeneratedRegex("`[^`]*`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CodeSpan { get; }

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NotInAnAnchor { get; }
}
