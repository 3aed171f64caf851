using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace WasiCloud.Documentation.Links;

/// <summary>The ways that docs/architecture.md describes: their folders are there, have the types that are named in them, and are passed once.</summary>
public sealed partial class WalkTests
{
    private const string Core = "src/WasiCloud.Embedding/";

    public static IEnumerable<object[]> Steps { get; } = [.. Walks().SelectMany(walk => walk).Select(step => new object[] { step.Folder, step.Line })];

    [Fact]
    public void Walks_OfTheArchitecture_AreThere() => Walks().Should().HaveCountGreaterThanOrEqualTo(6).And.OnlyContain(walk => walk.Count >= 3);

    [Fact]
    public void Walk_OfTheArchitecture_ComesBackToNoFolder() =>
        Walks().Should().OnlyContain(walk => walk.Select(step => step.Folder).Distinct().Count() == walk.Count);

    [Theory]
    [MemberData(nameof(Steps))]
    public void Step_OfAWalk_NamesTypesOfItsFolder(string folder, int line)
    {
        var types = Walks().SelectMany(walk => walk).Single(step => step.Line == line).Types;

        Repository.Entries.Should().Contain(PathOf(folder), "docs/architecture.md:{0}", line);
        types.Should().OnlyContain(
            type => Repository.Entries.Contains($"{PathOf(folder)}/{type}.cs"), "docs/architecture.md:{0} says that they are in {1}", line, folder);
    }

    private static string PathOf(string folder) => folder.StartsWith("WasiCloud.", StringComparison.Ordinal) ? "src/" + folder : Core + folder;

    // Lists that are numbered from 1: `folder`: text with `Types`, possibly over several lines.
    private static List<List<(string Folder, string[] Types, int Line)>> Walks()
    {
        var walks = new List<List<(string Folder, string[] Types, int Line)>>();
        var lines = Page.Read("docs/architecture.md").Lines.ToList();
        var end = lines.FindIndex(line => line.StartsWith("## How guests are ended", StringComparison.Ordinal));
        for (var index = lines.FindIndex(line => line.StartsWith("## Five ways", StringComparison.Ordinal)); index < end; index++)
        {
            if (Step.Match(lines[index]) is not { Success: true } step) continue;
            var rest = step.Groups["rest"].Value + string.Join(' ', lines.Skip(index + 1).TakeWhile(line => line.StartsWith("   ", StringComparison.Ordinal)));
            if (step.Groups["number"].Value == "1") walks.Add([]);
            walks[^1].Add((step.Groups["folder"].Value, [.. TypeName.Matches(rest).Select(match => match.Groups["name"].Value)], index + 1));
        }

        return walks;
    }

    [GeneratedRegex(@"^(?<number>\d+)\. `(?<folder>[^`]+)`: (?<rest>.*)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Step { get; }

    [GeneratedRegex("`(?<name>[A-Z][A-Za-z0-9]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TypeName { get; }
}
