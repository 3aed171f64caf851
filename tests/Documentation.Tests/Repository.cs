namespace WasiCloud.Documentation;

/// <summary>The checkout that these tests were built in.</summary>
internal static class Repository
{
    private static readonly string[] s_generated = ["bin", "obj", "node_modules", "TestResults", "BenchmarkDotNet.Artifacts", "data"];

    /// <summary>The folder with the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>All folders and files that a person wrote, from the root, with <c>/</c>.</summary>
    public static IReadOnlySet<string> Entries { get; } = ReadEntries();

    /// <summary>All pages.</summary>
    public static IReadOnlyList<Page> Pages { get; } = [.. Files(".md").Select(Page.Read).OrderBy(page => page.Path, StringComparer.Ordinal)];

    /// <summary>Files with an extension, from the root, with <c>/</c>.</summary>
    public static IEnumerable<string> Files(string extension) =>
        Entries.Where(entry => entry.EndsWith(extension, StringComparison.Ordinal) && File.Exists(Full(entry)));

    /// <summary>The path of a file or folder of the repository.</summary>
    public static string Full(string path) => Path.GetFullPath(path, Root);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "WasiCloud.Embedding.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("These tests look at the repository that they were built in, and it is not there.");
    }

    private static HashSet<string> ReadEntries()
    {
        var entries = new HashSet<string>(StringComparer.Ordinal);
        Add(new DirectoryInfo(Root));
        return entries;

        void Add(DirectoryInfo folder)
        {
            foreach (var entry in folder.EnumerateFileSystemInfos())
            {
                if (entry is DirectoryInfo && (s_generated.Contains(entry.Name) && entry.Name != "bin" || IsTool(entry) || IsBuildOutput(entry))) continue;
                entries.Add(Path.GetRelativePath(Root, entry.FullName).Replace(Path.DirectorySeparatorChar, '/'));
                if (entry is DirectoryInfo inner) Add(inner);
            }
        }
    }

    // guests/bin is committed.
    private static bool IsBuildOutput(FileSystemInfo entry) => entry.Name == "bin" && ((DirectoryInfo)entry).Parent!.Name != "guests";

    private static bool IsTool(FileSystemInfo entry) => entry.Name is ".git" or ".vs" or ".idea" or ".toolchain" or ".package";
}
