using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace WasiCloud.Documentation.Links;

/// <summary>Pages, files and folders that texts and comments name are there.</summary>
public sealed partial class ReferenceTests
{
    // What begins a comment.
    private static readonly (string Comment, string[] Extensions)[] s_sources =
    [
        ("//", [".cs", ".c", ".rs", ".go", ".ts", ".js"]),
        ("<!--", [".csproj", ".props", ".targets", ".html"]),
        ("#", [".sh", ".py", ".rb", ".yml"]),
        ("--", [".sql"]),
        (";;", [".wat"]),
    ];

    // Names of others.
    private static readonly string[] s_foreign = ["MaxResponseBufferSize", "PublishSingleFile", "PublishAot", "ManagedWebSocket", "DynamicInvoke"];

    // A page may speak of what was, and of what a reader of it is to make.
    private static readonly string[] s_pagesOfTheirOwn = ["CHANGELOG.md", "CONTRIBUTING.md"];

    // The capability that CONTRIBUTING.md adds, and those that are there.
    private const string MadeUp = "/Blobs";

    private static readonly string[] s_capabilities = ["/Topics", "/KeyValue"];

    public static TheoryData<string> Pages { get; } = [.. Repository.Pages.Select(page => page.Path)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Path_InAPage_IsThere(string path)
    {
        var page = Page.Read(path);
        (from line in page.Prose(withCode: true) from problem in Problems(line.Text, page.Folder) select $"{path}:{line.Number}: {problem}").Should().BeEmpty();
    }

    [Fact]
    public void Path_InAComment_IsThere() =>
        (from source in s_sources
         from extension in source.Extensions
         from file in Repository.Files(extension)
         where !file.StartsWith("tests/Documentation.Tests/", StringComparison.Ordinal)
         from line in File.ReadLines(Repository.Full(file)).Select((text, index) => (Text: text, Number: index + 1))
         let start = line.Text.IndexOf(source.Comment, StringComparison.Ordinal)
         where start >= 0
         from problem in Problems(line.Text[start..], Path.GetDirectoryName(file)!)
         select $"{file}:{line.Number}: {problem}").Should().BeEmpty();

    [Theory]
    [MemberData(nameof(Pages))]
    public void Type_InAPage_IsInTheSource(string path)
    {
        if (s_pagesOfTheirOwn.Contains(path)) return;
        (from line in Page.Read(path).Prose(withCode: true)
         from Match match in TypeName.Matches(line.Text)
         where !Words.Value.Contains(match.Groups["name"].Value) && !s_foreign.Contains(match.Groups["name"].Value)
         select $"{path}:{line.Number}: `{match.Groups["name"].Value}` is in no source file").Should().BeEmpty();
    }

    [Theory]
    [InlineData("as docs/gone.md says")]
    [InlineData("(engine.md, section 3)")]
    [InlineData("see src/WasiCloud.Embedding/Gone")]
    [InlineData("docs/limits.md, \"A heading that is not there\"")]
    public void Path_ThatIsNotThere_IsFound(string text) => Problems(text, string.Empty).Should().ContainSingle();

    private static Lazy<HashSet<string>> Words { get; } =
        new(() => Repository.Files(".cs").Concat(Repository.Files(".csproj")).Concat(Repository.Files(".props"))
        .SelectMany(file => Word.Matches(File.ReadAllText(Repository.Full(file))).Select(match => match.Value)).ToHashSet(StringComparer.Ordinal));

    private static IEnumerable<string> Problems(string text, string folder)
    {
        text = Address.Replace(text, string.Empty);
        foreach (Match match in PageName.Matches(text))
        {
            var page = Find(match.Groups["path"].Value, folder);
            var heading = match.Groups["heading"];
            if (page is null) yield return $"{match.Groups["path"].Value} is not there.";
            else if (heading.Success && !Says(page, heading.Value)) yield return $"{page} says nothing of \"{heading.Value}\".";
        }

        foreach (Match match in FilePath.Matches(text))
        {
            var path = match.Groups["path"].Value.TrimEnd('.', '/', '-');
            if (!path.EndsWith(".md", StringComparison.Ordinal) && !IsThere(path)) yield return $"{path} is not there.";
        }
    }

    private static string? Find(string path, string folder) =>
        new[] { Path.Combine(folder, path), path, Path.Combine("docs", path) }
            .Select(candidate => Path.GetRelativePath(Repository.Root, Repository.Full(candidate)).Replace(Path.DirectorySeparatorChar, '/'))
                .FirstOrDefault(Repository.Entries.Contains);

    private static bool Says(string page, string heading) => string.Join(' ', Page.Read(page).Lines).Contains(heading, StringComparison.OrdinalIgnoreCase);

    // A name may leave out the extension, and * stands for a part of one. What CONTRIBUTING.md tells to make has its place where the present capabilities have
    // theirs.
    private static bool IsThere(string path)
    {
        if (Repository.Entries.Contains(path) || Repository.Entries.Contains(path + ".cs")) return true;
        if (path.Contains(MadeUp, StringComparison.Ordinal)) return s_capabilities.Any(name => IsThere(path.Replace(MadeUp, name, StringComparison.Ordinal)));
        if (!path.Contains('*', StringComparison.Ordinal)) return false;
        var pattern = new Regex("^" + Regex.Escape(path).Replace(@"\*", "[^/]*", StringComparison.Ordinal) + "$", RegexOptions.None, TimeSpan.FromSeconds(1));
        return Repository.Entries.Any(pattern.IsMatch);
    }

    [GeneratedRegex(@"https?://\S+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Address { get; }

    [GeneratedRegex("""(?<![\w/.*-])(?<path>[\w./-]*\w\.md)\b(, "(?<heading>[^"]+)")?""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PageName { get; }

    [GeneratedRegex(@"(?<![\w/.*-])(?<path>(docs|src|tests|samples|benchmarks|guests|\.ci|\.github|\.devcontainer)/[\w./*-]+)", RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex FilePath { get; }

    // Two humps at least: a word in backticks that begins with a capital letter may be anything.
    [GeneratedRegex("`(?<name>I?[A-Z][a-z]+([A-Z][a-z0-9]+)+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TypeName { get; }

    [GeneratedRegex(@"\w+", RegexOptions.None, 1000)]
    private static partial Regex Word { get; }
}
