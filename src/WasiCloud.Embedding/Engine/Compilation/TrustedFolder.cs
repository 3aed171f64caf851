using Microsoft.Win32.SafeHandles;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>
/// An open folder in which nobody else can put files. On Linux it is held by its descriptor, and paths below <see cref="Location"/> lead into it whatever
/// becomes of its name; elsewhere the permissions of the
/// folder and of those above are looked at, by name, and on Windows nothing is.
/// </summary>
internal sealed class TrustedFolder : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private readonly SafeFileHandle? _descriptor;

    private TrustedFolder(string location, SafeFileHandle? descriptor) => (Location, _descriptor) = (location, descriptor);

    /// <summary>A path to it, for as long as this is open.</summary>
    public string Location { get; }

    /// <summary>Opens a folder.</summary>
    /// <param name="path">From the root.</param>
    /// <exception cref="UntrustedPathException">Somebody else could put files there.</exception>
    /// <exception cref="IOException">It is missing, not a folder, or cannot be opened.</exception>
    public static TrustedFolder Open(string path) => OperatingSystem.IsLinux() ? Own(FolderWalk.Open(path, creates: false)) : OpenByName(path);

    /// <summary>As <see cref="Open"/>, after making what is missing, for the current user only.</summary>
    public static TrustedFolder OpenOrCreate(string path)
    {
        if (OperatingSystem.IsLinux()) return Own(FolderWalk.Open(path, creates: true));
        CreateByName(path);
        return OpenByName(path);
    }

    /// <summary>Opens a folder in this.</summary>
    /// <returns><see langword="null"/> if there is none.</returns>
    public TrustedFolder? TryOpenFolder(string name)
    {
        if (_descriptor is not null) return FolderWalk.TryOpenBelow(_descriptor, name) is { } entry ? Own(entry) : null;
        var path = Path.Combine(Location, name);
        return Directory.Exists(path) ? OpenByName(path) : null;
    }

    /// <summary>As <see cref="TryOpenFolder"/>, after making it for the current user only if there is none.</summary>
    public TrustedFolder OpenOrCreateFolder(string name)
    {
        if (_descriptor is not null) FileApi.MakeDirectory(_descriptor, name);
        else CreateByName(Path.Combine(Location, name));
        return TryOpenFolder(name) ?? throw new DirectoryNotFoundException($"'{name}' was removed just now.");
    }

    /// <summary>Opens a file, and checks what was opened.</summary>
    /// <exception cref="UntrustedPathException">Somebody else could have written it, or it is no file.</exception>
    public SafeFileHandle OpenFile(string name)
    {
        if (_descriptor is null) return File.OpenHandle(Path.Combine(Location, name));
        var file = FileApi.OpenFile(_descriptor, name);
        try
        {
            PathTrust.CheckFile(FileApi.FactsOf(file), FolderWalk.NameOf(file));
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A path to an open file: on Linux to that very file, whatever has its name now.</summary>
    public string PathOf(SafeFileHandle file, string name) => _descriptor is null ? Path.Combine(Location, name) : FileApi.PathOf(file);

    public void Dispose() => _descriptor?.Dispose();

    private static TrustedFolder Own(SafeFileHandle descriptor) => new(FileApi.PathOf(descriptor), descriptor);

    private static TrustedFolder OpenByName(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            for (var folder = new DirectoryInfo(path); folder is not null; folder = folder.Parent)
            {
                var allowed = folder.FullName == path || (folder.UnixFileMode & UnixFileMode.StickyBit) == 0 ? UnixFileMode.None : OthersWrite;
                if ((folder.UnixFileMode & OthersWrite & ~allowed) != 0) throw PathTrust.Untrusted(folder.FullName, "is writable by others");
            }
        }

        return new TrustedFolder(path, descriptor: null);
    }

    private static void CreateByName(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, OwnerOnly);
    }
}
