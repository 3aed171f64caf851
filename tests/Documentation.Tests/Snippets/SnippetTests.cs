using FluentAssertions;
using Xunit;

namespace WasiCloud.Documentation.Snippets;

/// <summary>Every C# block of every page compiles as it is shown.</summary>
public sealed class SnippetTests
{
    private static readonly string[] s_languages = ["csharp", "console", "text", "c", "go", "rust", "ruby", "json", "yaml", "xml"];

    public static IEnumerable<object[]> Blocks { get; } =
        [.. Repository.Pages.SelectMany(page => page.Blocks()).Where(block => block.Language == "csharp")
            .Select(block => new object[] { block.Page, block.Line })];

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Block_OfCSharp_Compiles(string page, int line) =>
        SnippetCompiler.Compile(Page.Read(page).Blocks().Single(block => block.Line == line))
            .Should().BeEmpty("{0}:{1} is to compile as it is shown (CONTRIBUTING.md, \"Pages\")", page, line);

    [Fact]
    public void Fence_OfEveryBlock_NamesItsLanguage() =>
        Repository.Pages.SelectMany(page => page.Blocks()).Where(block => !s_languages.Contains(block.Language)).Select(block => $"{block}: '{block.Language}'")
            .Should().BeEmpty("a block of C# or of commands that says so is tested; those that may stand behind a fence are {0}",
                string.Join(", ", s_languages));

    [Theory]
    [InlineData("var module = 1;\nmodule = \"two\";", "page.md:11: CS0029")]
    [InlineData("app.MapGuest(\"/\", nothing);", "page.md:10: CS0103")]
    [InlineData("using No.Such.Name;\n\nawait app.RunAsync();", "page.md:10: CS0246")]
    [InlineData("record A(int B);\nrecord C(D E);", "page.md:11: CS0246")]
    public void Block_WithAMistake_IsNamedWithPageAndLine(string text, string error) =>
        SnippetCompiler.Compile(new CodeBlock("page.md", 10, "csharp", text.Split('\n'))).Should().ContainSingle().Which.Should().StartWith(error);

    [Fact]
    public void Block_ThatDeclaresWhatTheFrameHas_Compiles() =>
        SnippetCompiler.Compile(new CodeBlock("page.md", 1, "csharp",
            ["var builder = WebApplication.CreateBuilder(args);", "var app = builder.Build();", "await app.RunAsync();"])).Should().BeEmpty();
}
