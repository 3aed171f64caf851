using WasiCloud.Embedding.Mounts.HostDirectory;

namespace WasiCloud.Embedding.Fuzz.Imports;

/// <summary>A host directory for guests to play in, with a sentinel beside it that must never change.</summary>
internal sealed class HostFolder : IDisposable
{
    private const string Secret = "outside: never to be read or changed";

    private readonly string _folder = Directory.CreateTempSubdirectory("wasicloud-fuzz-").FullName;
    private readonly string _sentinel;

    public HostFolder()
    {
        Inside = Path.Combine(_folder, "inside");
        _sentinel = Path.Combine(_folder, "sentinel");
        Directory.CreateDirectory(Inside);
        File.WriteAllText(_sentinel, Secret);
        Mount = new HostDirectoryMount(Inside, FileAccess.ReadWrite);
    }

    public string Inside { get; }

    /// <summary>The mount, which lives as long as this: a mount holds descriptors that only a collection releases.</summary>
    public HostDirectoryMount Mount { get; }

    /// <summary>Empties the directory, and looks whether anything beside it has changed.</summary>
    public void Reset()
    {
        foreach (var entry in new DirectoryInfo(Inside).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo { LinkTarget: null } directory) directory.Delete(recursive: true);
            else entry.Delete();
        }

        if (File.ReadAllText(_sentinel) != Secret || Directory.EnumerateFileSystemEntries(_folder).Count() != 2)
            throw new FuzzFailureException("Something outside the host directory has changed.");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
