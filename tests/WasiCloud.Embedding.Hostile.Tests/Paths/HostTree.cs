using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.Mounts.HostDirectory;

namespace WasiCloud.Embedding.Hostile.Tests.Paths;

/// <summary>A host directory. Outside are its sibling and the folder of both.</summary>
internal sealed partial class HostTree : Tree
{
    private const string UsersFile = "/etc/passwd";

    private readonly string _folder = Directory.CreateTempSubdirectory("wasicloud-paths-").FullName;
    private readonly HostDirectoryMount _mount;
    private string? _pristine;

    public HostTree()
    {
        Directory.CreateDirectory(Inside);
        Directory.CreateDirectory(Path.Combine(Outside, Marker + "-directory"));
        File.WriteAllText(Path.Combine(Outside, "secret"), Secret);
        File.WriteAllText(Path.Combine(Outside, Marker + "-directory", "inner"), Secret);
        File.CreateSymbolicLink(Path.Combine(Outside, "link"), Marker + "-directory");
        _mount = new HostDirectoryMount(Inside, FileAccess.ReadWrite);
    }

    public string Inside => Path.Combine(_folder, "inside");

    public override string Outside => Path.Combine(_folder, "outside");

    public override async Task<MountTable> ResetAsync()
    {
        // Making all those links takes milliseconds, and most attacks change nothing.
        if (_pristine is null || _pristine != ObserveInside()) await RebuildAsync();
        return new MountTable([("/" + Mount, FileAccess.ReadWrite, _mount)]);
    }

    /// <remarks>Without the times of access, which this very look changes.</remarks>
    public override async Task<string> ObserveAsync()
    {
        var text = new StringBuilder();
        text.AppendLine(string.Join(' ', Directory.GetFileSystemEntries(_folder).Order(StringComparer.Ordinal)));

        // What most of the attacks that leave the folder are after.
        if (File.Exists(UsersFile)) text.AppendLine(CultureInfo.InvariantCulture, $"{UsersFile} {Status(UsersFile)}");
        foreach (var entry in Directory.GetFileSystemEntries(Outside, "*", SearchOption.AllDirectories).Append(Outside).Order(StringComparer.Ordinal))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{entry} {Status(entry)} {new FileInfo(entry).LinkTarget}");
            if (File.Exists(entry)) text.AppendLine(await File.ReadAllTextAsync(entry) == Secret ? "same" : "changed");
        }

        return text.ToString();
    }

    public override void Dispose() => Directory.Delete(_folder, recursive: true);

    // Every change of a directory or file shows in its own times.
    private string ObserveInside()
    {
        string[] entries = [Inside, Path.Combine(Inside, "dir"), Path.Combine(Inside, "file"), Path.Combine(Inside, "dir", "file2")];
        return string.Join(' ', entries.Select(entry => Path.Exists(entry) ? Status(entry) : "gone"));
    }

    private async Task RebuildAsync()
    {
        foreach (var entry in new DirectoryInfo(Inside).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo { LinkTarget: null } directory) directory.Delete(recursive: true);
            else entry.Delete();
        }

        Directory.CreateDirectory(Path.Combine(Inside, "dir"));
        await CreateAsync(Path.Combine(Inside, "file"));
        await CreateAsync(Path.Combine(Inside, "dir", "file2"));
        foreach (var (name, target) in PathCorpus.Links)
            File.CreateSymbolicLink(Path.Combine(Inside, name), target.Replace("{outside}", Outside, StringComparison.Ordinal));
        _pristine = ObserveInside();
    }

    // Never through a link that an attack may have left.
    private static async Task CreateAsync(string path)
    {
        await using var file = new StreamWriter(new FileStream(path, FileMode.CreateNew));
        await file.WriteAsync("inner");
    }

    // statx(2): links, mode, inode, size, times of change and of modification.
    private static unsafe string Status(string path)
    {
        const int currentDirectory = -100, noFollow = 0x100, basicFields = 0x7FF;
        var buffer = new byte[256];
        fixed (byte* pointer = buffer)
        {
            if (StatX(currentDirectory, path, noFollow, basicFields, pointer) != 0) throw new IOException(path);
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(16))} {BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(28)):x} " +
                $"{BinaryPrimitives.ReadUInt64LittleEndian(buffer.AsSpan(32))} "
            + $"{BinaryPrimitives.ReadUInt64LittleEndian(buffer.AsSpan(40))} {Convert.ToHexString(buffer, 96, 12)} {Convert.ToHexString(buffer, 112, 12)}");
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int StatX(int directory, string path, int flags, uint mask, byte* status);
}
