using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using FluentAssertions;
using WasiCloud.Embedding;
using WasiCloud.Embedding.Testing.Mounts;
using Xunit;

namespace OutsidePackages;

/// <summary>That this project has what anybody has who references the packages.</summary>
public sealed class PackageTests
{
    private static readonly Assembly[] s_packages = [typeof(IInvocationHost).Assembly, typeof(MountConformance).Assembly];

    [Fact]
    public void References_ToThisRepository_ArePackages()
    {
        using var dependencies = JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(typeof(PackageTests).Assembly.Location, ".deps.json")));
        var ours = dependencies.RootElement.GetProperty("libraries").EnumerateObject()
            .Where(library => library.Name.StartsWith("WasiCloud", StringComparison.Ordinal)).ToArray();

        ours.Select(library => library.Name).Should().BeEquivalentTo("WasiCloud.Embedding/0.0.0-outside", "WasiCloud.Embedding.Testing/0.0.0-outside");
        ours.Select(library => library.Value.GetProperty("type").GetString()).Should().AllBe("package");
    }

    [Fact]
    public void Packages_GrantTheirInternals_NotToThisProject() =>
        s_packages.SelectMany(package => package.GetCustomAttributes<InternalsVisibleToAttribute>()).Select(grant => grant.AssemblyName)
            .Should().NotContain(typeof(PackageTests).Assembly.GetName().Name);
}
