using System.Text.RegularExpressions;
using System.Xml.Linq;
using FluentAssertions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace WasiCloud.Documentation.Packages;

/// <summary>What is published says what it is, whose it is, and nothing that leads nowhere.</summary>
public sealed partial class PackageTests(PackedFiles packages) : IClassFixture<PackedFiles>
{
    private static readonly string[] s_ids =
    [
        "WasiCloud.Embedding", "WasiCloud.Embedding.AspNetCore", "WasiCloud.Embedding.PostgreSql", "WasiCloud.Embedding.Redis", "WasiCloud.Embedding.Sqlite",
        "WasiCloud.Embedding.Testing", "wasicloud",
    ];

    [Fact]
    public void Package_OfEachProject_SaysWhatItIs()
    {
        var all = packages.Paths.Select(PackedFiles.Metadata).ToArray();

        all.Select(metadata => metadata["id"]).Should().BeEquivalentTo(s_ids);
        all.Should().OnlyContain(metadata => metadata["description"].Length > 40 && metadata["tags"].Contains("wasi") && metadata["license"] == "MIT"
            && metadata["readme"] == "README.md");
        all.Select(metadata => metadata["description"]).Should().OnlyHaveUniqueItems();
        all.Should().OnlyContain(metadata => metadata["releaseNotes"].Length > 100 && metadata["releaseNotes"].Length < 35_000,
            "they are the newest part of CHANGELOG.md, and NuGet takes no more");
    }

    [Fact]
    public void Readme_OfEachPackage_IsItsOwnAndHasNoRelativeLinks()
    {
        var pages = packages.Paths.Select(package => (Package: Path.GetFileName(package), Text: PackedFiles.Text(package, name => name == "README.md")))
            .ToArray();

        pages.Should().OnlyContain(page => page.Text != null);
        pages.Select(page => page.Text).Should().OnlyHaveUniqueItems();
        (from page in pages
         from Match link in Link.Matches(page.Text!)
         let target = link.Groups["target"].Value
         where !Uri.TryCreate(target, UriKind.Absolute, out _)
         select $"{page.Package}: {target}").Should().BeEmpty("nothing is beside the page of a package");
    }

    [Fact]
    public void Documentation_OfEachPackage_IsOfThePublicApi()
    {
        foreach (var package in packages.Paths)
        {
            if (PackedFiles.Text(package,
                name => name.EndsWith(".xml", StringComparison.Ordinal) && name.StartsWith("lib/", StringComparison.Ordinal)) is not { } text) continue;
            var members = XDocument.Parse(text).Descendants("member").Select(member => (string)member.Attribute("name")!).ToArray();
            members.Should().NotBeEmpty();
            members.Where(id => !IsPublic(id)).Should().BeEmpty("{0} documents what can be seen of it", Path.GetFileName(package));
        }
    }

    [Fact]
    public void Source_OfEachPackage_IsThatOfTheGitRemote()
    {
        // A checkout without a remote, or with a folder for one, has no address to give, and packs all the same.
        var remote = RemoteAddress.IsMatch(File.ReadAllText(ConfigurationOfGit()));
        packages.Paths.Select(PackedFiles.Metadata).Should().OnlyContain(metadata => metadata.ContainsKey("repository/@url") == remote);
    }

    private static Regex RemoteAddress { get; } =
        new(@"^\s*url = (https?://|ssh://|\S+@\S+:)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    private static Compilation Api { get; } = CSharpCompilation.Create("Api", references: ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path)));

    private static bool IsPublic(string id)
    {
        for (var symbol = DocumentationCommentId.GetFirstSymbolForDeclarationId(id, Api); ; symbol = symbol.ContainingSymbol)
        {
            if (symbol is INamespaceSymbol) return true;
            if (symbol is not { DeclaredAccessibility: Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal }) return false;
        }
    }

    // In a work tree, .git is a file that names a folder, which names the one with the configuration.
    private static string ConfigurationOfGit()
    {
        var git = Repository.Full(".git");
        if (Directory.Exists(git)) return Path.Combine(git, "config");
        var folder = File.ReadAllText(git)["gitdir: ".Length..].Trim();
        return Path.GetFullPath(Path.Combine(File.ReadAllText(Path.Combine(folder, "commondir")).Trim(), "config"), folder);
    }

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link { get; }
}
