using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;

namespace WasiCloud.Documentation.Packages;

/// <summary>
/// The packages as they are published: those that WASICLOUD_PACKAGES names (.ci/run packs them before the tests), or packed here from what is built.
/// </summary>
public sealed class PackedFiles : IDisposable
{
    private const string Variable = "WASICLOUD_PACKAGES";

    private readonly DirectoryInfo? _temporary;

    /// <summary>Packs, if nobody has.</summary>
    public PackedFiles()
    {
        var folder = Environment.GetEnvironmentVariable(Variable);
        if (folder is null) folder = (_temporary = Pack()).FullName;
        Paths = [.. Directory.EnumerateFiles(folder, "*.nupkg").Order(StringComparer.Ordinal)];
    }

    /// <summary>The packages' paths.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>Reads a text of a package.</summary>
    /// <returns>The text, or <see langword="null"/> if the package has no such file.</returns>
    public static string? Text(string package, Func<string, bool> isWanted)
    {
        using var archive = ZipFile.OpenRead(package);
        var entry = archive.Entries.SingleOrDefault(entry => isWanted(entry.FullName));
        if (entry is null) return null;
        using var reader = new StreamReader(entry.Open());
        return reader.ReadToEnd();
    }

    /// <summary>What a package says of itself.</summary>
    /// <returns>The values of the elements of its nuspec; attributes of the repository are <c>repository/@name</c>.</returns>
    public static IReadOnlyDictionary<string, string> Metadata(string package)
    {
        var metadata = XDocument.Parse(Text(package, name => name.EndsWith(".nuspec", StringComparison.Ordinal))!).Root!.Elements()
            .Single(element => element.Name.LocalName == "metadata");
        var values = metadata.Elements().Where(element => !element.HasElements)
            .ToDictionary(element => element.Name.LocalName, element => element.Value, StringComparer.Ordinal);
        foreach (var attribute in metadata.Elements().Where(element => element.Name.LocalName == "repository").Attributes())
            values[$"repository/@{attribute.Name.LocalName}"] = attribute.Value;
        return values;
    }

    /// <inheritdoc />
    public void Dispose() => _temporary?.Delete(recursive: true);

    private static DirectoryInfo Pack()
    {
        var folder = Directory.CreateTempSubdirectory("wasicloud-packages-");
        var configuration = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)).Parent!.Name;
        foreach (var project in Repository.Files(".csproj").Where(file => file.StartsWith("src/", StringComparison.Ordinal)))
        {
            string[] arguments =
                ["pack", "--no-build", "-c", configuration, "-v", "quiet", "-nodeReuse:false", "-o", folder.FullName, Repository.Full(project)];
            var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
            };
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0) throw new InvalidOperationException($"dotnet pack {project}: {output}");
        }

        return folder;
    }
}
