using System.Globalization;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Linux;
using WasiCloud.Embedding.Mounts.HostDirectory;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Hosting.Modules;

/// <summary>Reads the bytes of a module from a file that may be exchanged at any time.</summary>
internal static class ModuleReading
{
    /// <summary>
    /// Reads a regular file, or one that a symbolic link leads to. Nothing else is opened: no FIFO makes this wait, no device is read without end, and what the
    /// name refers to cannot become one in between.
    /// </summary>
    /// <param name="path">The file's path, the operator's and not a guest's.</param>
    /// <param name="maxBytes">The largest module, in bytes.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">It is something else than a file, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="InvalidGuestModuleException">It is larger.</exception>
    public static Task<ReadOnlyMemory<byte>> ReadFileAsync(string path, int maxBytes, CancellationToken cancellationToken) =>
        Task.Run(() => ReadAsync(path, maxBytes, cancellationToken), cancellationToken);

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(string path, int maxBytes, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux()) return await ReadAsync(path, path, maxBytes, cancellationToken).ConfigureAwait(false);

        // Held, which opens nothing, and then opened as what it is.
        using var node = Libc.OpenPath(path, LinuxOpenFlags.PathOnly | LinuxOpenFlags.CloseOnExec);
        if (node is null) throw Failure(path, LinuxErrno.Last());
        var error = Libc.TryGetStatus(node, out var status);
        if (error != Errno.Success) throw Failure(path, error);
        if (status.Type != FileType.RegularFile) throw new IOException($"'{SafeText.OfMessage(path)}' is {Describe(status.Type)}, not a module.");
        var number = node.DangerousGetHandle();
        return await ReadAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{number}"), path, maxBytes, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(string openedPath, string path, int maxBytes, CancellationToken cancellationToken)
    {
        // Whoever writes to it, renames or removes it meanwhile may do so.
        using var file = Open(openedPath, path);
        var length = RandomAccess.GetLength(file);
        return await ModuleBytes.ReadToEndAsync((memory, offset) => RandomAccess.ReadAsync(file, memory, offset, cancellationToken), length, maxBytes)
            .ConfigureAwait(false);
    }

    /// <summary>Opens what is held under another path.</summary>
    internal static Microsoft.Win32.SafeHandles.SafeFileHandle Open(string openedPath, string path)
    {
        try
        {
            return File.OpenHandle(openedPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new UnauthorizedAccessException($"'{SafeText.OfMessage(path)}' may not be read.", exception);
        }
        catch (FileNotFoundException exception)
        {
            throw new FileNotFoundException($"There is no file '{SafeText.OfMessage(path)}'.", exception);
        }
    }

    /// <summary>What a file is that is no module.</summary>
    internal static string Describe(FileType type) => type switch
    {
        FileType.Directory => "a directory",
        FileType.CharacterDevice or FileType.BlockDevice => "a device",
        FileType.SocketStream => "a socket",
        FileType.SymbolicLink => "a symbolic link",
        _ => "a FIFO", // for which WASI has no word
    };

    /// <summary>Why a file cannot be read.</summary>
    internal static Exception Failure(string path, Errno error) => error switch
    {
        Errno.NoEnt or Errno.NotDir => new FileNotFoundException($"There is no file '{SafeText.OfMessage(path)}'."),
        Errno.Access or Errno.Perm => new UnauthorizedAccessException($"'{SafeText.OfMessage(path)}' may not be read."),
        _ => new IOException($"'{SafeText.OfMessage(path)}' cannot be read: {error}."),
    };
}
