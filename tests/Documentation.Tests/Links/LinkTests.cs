using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace WasiCloud.Documentation.Links;

/// <summary>What pages link to is there, headings included.</summary>
public sealed partial class LinkTests
{
    public static TheoryData<string> Pages { get; } = [.. Repository.Pages.Select(page => page.Path)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Link_WithinTheRepository_IsThere(string path)
    {
        var page = Page.Read(path);
        (from line in page.Prose()
         from Match match in Link.Matches(line.Text)
         let problem = Problem(page, match.Groups["target"].Value)
         where problem is not null
         select $"{path}:{line.Number}: {problem}").Should().BeEmpty();
    }

    [Theory]
    [InlineData("gone.md")]
    [InlineData("README.md#no-such-heading")]
    [InlineData("../README.md")]
    public void Link_ThatLeadsNowhere_IsFound(string target) => Problem(Page.Read("README.md"), target).Should().NotBeNull();

    private static string? Problem(Page page, string target)
    {
        if (Uri.TryCreate(target, UriKind.Absolute, out _)) return null;
        var (file, anchor) = target.Split('#') is [var name, var heading] ? (name, heading) : (target, null);
        var linked = file.Length == 0
            ? page.Path
            : Path.GetRelativePath(Repository.Root, Path.GetFullPath(file, Repository.Full(page.Folder))).Replace(Path.DirectorySeparatorChar, '/');
        if (!Repository.Entries.Contains(linked.TrimEnd('/'))) return $"{target} is not there.";
        return anchor is null || Page.Read(linked).Anchors().Contains(anchor) ? null : $"{linked} has no heading #{anchor}.";
    }

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)|^\[[^\]]+\]:\s+(?<target>\S+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link { get; }
}
