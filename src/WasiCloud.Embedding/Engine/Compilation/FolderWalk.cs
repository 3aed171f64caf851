using Microsoft.Win32.SafeHandles;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>
/// Opens a folder from the root down, each name below the descriptor of the one before, so that what was checked is what is used, whatever is renamed
/// meanwhile. Linux only.
/// </summary>
internal static class FolderWalk
{
    // As many as the kernel follows.
    private const int MaxLinks = 40;

    /// <summary>Opens a folder, and every one above it, and checks them all.</summary>
    /// <param name="path">From the root.</param>
    /// <param name="creates">Whether what is missing is made, for the current user only.</param>
    /// <exception cref="UntrustedPathException">Somebody else could put files there, or replace a part of the path.</exception>
    /// <exception cref="IOException">It is missing, not a folder, or cannot be opened.</exception>
    public static SafeFileHandle Open(string path, bool creates)
    {
        var names = new Stack<string>();
        Push(names, path);
        var links = 0;
        var folder = FileApi.OpenRoot();
        try
        {
            while (names.TryPop(out var name))
            {
                PathTrust.CheckAncestor(FileApi.FactsOf(folder), NameOf(folder));
                var entry = OpenEntry(folder, name, creates);
                if (TargetOf(entry) is { } target)
                {
                    entry.Dispose();
                    if (++links > MaxLinks) throw new IOException($"'{path}' has more than {MaxLinks} symbolic links.");
                    Push(names, target);
                    entry = Path.IsPathRooted(target) ? FileApi.OpenRoot() : null;
                }

                if (entry is null) continue;
                folder.Dispose();
                folder = entry;
            }

            PathTrust.CheckFolder(FileApi.FactsOf(folder), NameOf(folder));
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Opens a folder in one that was opened so.</summary>
    /// <returns><see langword="null"/> if there is none.</returns>
    public static SafeFileHandle? TryOpenBelow(SafeFileHandle folder, string name)
    {
        if (FileApi.TryOpenEntry(folder, name) is not { } entry) return null;
        try
        {
            PathTrust.CheckFolder(FileApi.FactsOf(entry), NameOf(entry));
            return entry;
        }
        catch
        {
            entry.Dispose();
            throw;
        }
    }

    /// <summary>What an open file or folder is called now, for messages.</summary>
    public static string NameOf(SafeFileHandle file) => new FileInfo(FileApi.PathOf(file)).LinkTarget ?? FileApi.PathOf(file);

    private static SafeFileHandle OpenEntry(SafeFileHandle folder, string name, bool creates)
    {
        if (FileApi.TryOpenEntry(folder, name) is { } entry) return entry;
        if (creates) FileApi.MakeDirectory(folder, name);
        return FileApi.TryOpenEntry(folder, name) ?? throw new DirectoryNotFoundException($"'{Path.Join(NameOf(folder), name)}' is missing.");
    }

    // Where a symbolic link leads, whose owner could have it lead elsewhere.
    private static string? TargetOf(SafeFileHandle entry)
    {
        try
        {
            var facts = FileApi.FactsOf(entry);
            if (!facts.IsSymbolicLink) return null;
            PathTrust.CheckOwner(facts, NameOf(entry));
            return FileApi.ReadLink(entry);
        }
        catch
        {
            entry.Dispose();
            throw;
        }
    }

    private static void Push(Stack<string> names, string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var index = parts.Length - 1; index >= 0; index--) names.Push(parts[index]);
    }
}
