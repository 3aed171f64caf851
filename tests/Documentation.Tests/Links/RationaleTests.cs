using FluentAssertions;
using Xunit;

namespace WasiCloud.Documentation.Links;

/// <summary>RATIONALE.md is the index of docs/rationale: one line for each question.</summary>
public sealed class RationaleTests
{
    private const string Folder = "docs/rationale/";

    [Fact]
    public void Index_OfTheRationale_HasEveryQuestionOnce()
    {
        var index = Page.Read("RATIONALE.md").Lines.Where(line => line.StartsWith("- [", StringComparison.Ordinal));
        var questions = from page in Repository.Pages
                        where page.Path.StartsWith(Folder, StringComparison.Ordinal)
                        from line in page.Lines
                        where line.StartsWith("## ", StringComparison.Ordinal)
                        let question = line[3..]
                        select $"- [{question}]({page.Path}#{Page.Anchor(question)})";
        index.Should().BeEquivalentTo(
            questions, "each question of a page has its line in the index, under its topic, and no line is of a question that is gone");
    }

    [Fact]
    public void Heading_OfTheRationale_IsAQuestion() =>
        (from page in Repository.Pages
         where page.Path.StartsWith(Folder, StringComparison.Ordinal)
         from line in page.Lines
         where line.StartsWith("##", StringComparison.Ordinal) && !line.EndsWith('?')
         select $"{page.Path}: {line}").Should().BeEmpty();
}
