using FluentAssertions;
using Xunit;

namespace WasiCloud.Embedding.Programs.Tests;

/// <summary>docs/cookbook.md shows the code of guests that are run by tests, and nothing else.</summary>
public sealed class CookbookDocumentTests
{
    private const string Fence = "```";

    [Theory]
    [InlineData("c", 5)]
    [InlineData("rust", 2)]
    [InlineData("go", 2)]
    [InlineData("ruby", 8)]
    public void Code_OfALanguage_IsThatOfTheGuests(string language, int count)
    {
        var folder = new DirectoryInfo(Path.Combine(AppContext.BaseDirectory, "sources"));
        var sources = folder.EnumerateFiles("*", SearchOption.AllDirectories)
            .Where(file => string.Equals(file.Directory!.Name, language, StringComparison.Ordinal)).Select(Read).ToArray();
        var blocks = Blocks(File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "docs", "cookbook.md")))
            .Where(block => string.Equals(block.Language, language, StringComparison.Ordinal)).ToArray();

        blocks.Should().HaveCount(count);
        foreach (var (_, code) in blocks)
            sources.Should().Contain(source => source.Contains('\n' + code, StringComparison.Ordinal), "a guest should have this:\n{0}", code);
    }

    private static string Read(FileInfo file) => '\n' + File.ReadAllText(file.FullName);

    private static IEnumerable<(string Language, string Code)> Blocks(IEnumerable<string> lines)
    {
        string? language = null;
        var code = new List<string>();
        foreach (var line in lines)
        {
            if (!line.StartsWith(Fence, StringComparison.Ordinal))
            {
                code.Add(line);
            }
            else if (language is null)
            {
                language = line[Fence.Length..];
                code.Clear();
            }
            else
            {
                yield return (language, string.Join('\n', code) + '\n');
                language = null;
            }
        }
    }
}
