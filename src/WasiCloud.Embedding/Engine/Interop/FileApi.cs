using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using WasiCloud.Embedding.Linux;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>Linux's calls for files by descriptor, as in their manual pages (section 2).</summary>
internal static unsafe partial class FileApi
{
    public const int ErrorNotFound = 2;

    private const string Library = "libc";
    private const int ErrorExists = 17;
    private const int AtEmptyPath = 0x1000;
    private const uint AllBasicFields = 0x7FF;
    private const uint MemoryFileClosesOnExec = 1;
    private const uint OwnerOnly = 0x1C0;
    private const int LongestLink = 4096;

    /// <summary>The user as whom this process opens files.</summary>
    [LibraryImport(Library, EntryPoint = "geteuid")]
    public static partial uint GetEffectiveUser();

    /// <summary>Opens the root directory.</summary>
    public static SafeFileHandle OpenRoot() => Check(Open("/", LinuxOpenFlags.PathOnly | LinuxOpenFlags.Directory | LinuxOpenFlags.CloseOnExec), "/");

    /// <summary>Opens whatever a name in a directory is, a symbolic link itself and not what it leads to, without reading it.</summary>
    /// <returns>Its descriptor, or <see langword="null"/> if there is nothing of the name.</returns>
    public static SafeFileHandle? TryOpenEntry(SafeFileHandle directory, string name)
    {
        var descriptor = OpenAt(directory, name, LinuxOpenFlags.PathOnly | LinuxOpenFlags.NoFollow | LinuxOpenFlags.CloseOnExec);
        return descriptor < 0 && Marshal.GetLastPInvokeError() == ErrorNotFound ? null : Check(descriptor, name);
    }

    /// <summary>Opens a file for reading. Neither follows a symbolic link nor waits, whatever it is.</summary>
    public static SafeFileHandle OpenFile(SafeFileHandle directory, string name) =>
        Check(
            OpenAt(
                directory, name,
                LinuxOpenFlags.ReadOnly | LinuxOpenFlags.NoFollow | LinuxOpenFlags.NonBlocking |
                    LinuxOpenFlags.NoControllingTerminal | LinuxOpenFlags.CloseOnExec),
            name);

    /// <summary>Makes a directory for the current user only; one that is there already is left as it is.</summary>
    public static void MakeDirectory(SafeFileHandle directory, string name)
    {
        if (MakeDirectoryAt(directory, name, OwnerOnly) != 0 && Marshal.GetLastPInvokeError() is not ErrorExists and var error) throw Failure(error, name);
    }

    /// <summary>Whose something is, what may be done with it, and what it is.</summary>
    public static FileFacts FactsOf(SafeFileHandle file)
    {
        FileFacts facts = default;
        fixed (byte* empty = "\0"u8)
        {
            if (StatusOf(file, empty, AtEmptyPath, AllBasicFields, &facts) != 0) throw Failure(Marshal.GetLastPInvokeError(), PathOf(file));
        }

        return facts;
    }

    /// <summary>Where an open symbolic link leads.</summary>
    public static string ReadLink(SafeFileHandle link)
    {
        var buffer = stackalloc byte[LongestLink];
        int length;
        fixed (byte* empty = "\0"u8) length = (int)ReadLinkAt(link, empty, buffer, LongestLink);
        if (length < 0) throw Failure(Marshal.GetLastPInvokeError(), PathOf(link));
        return System.Text.Encoding.UTF8.GetString(buffer, length);
    }

    /// <summary>Makes a file that has no name and lives in memory as long as it is open or mapped.</summary>
    public static SafeFileHandle CreateMemoryFile(string label) => Check(MemoryFileCreate(label, MemoryFileClosesOnExec), label);

    /// <summary>A path that leads to what is open, whatever became of its name.</summary>
    public static string PathOf(SafeFileHandle file) => FormattableString.Invariant($"/proc/self/fd/{file.DangerousGetHandle()}");

    private static SafeFileHandle Check(int descriptor, string name) =>
        descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failure(Marshal.GetLastPInvokeError(), name);

    private static IOException Failure(int error, string name) => new($"'{name}': {Marshal.GetPInvokeErrorMessage(error)}");

    // Variadic in C, which for integer arguments is the same calling convention on every architecture that .NET runs on under Linux.
    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport(Library, EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenAt(SafeFileHandle directory, string name, int flags);

    [LibraryImport(Library, EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeDirectoryAt(SafeFileHandle directory, string name, uint mode);

    [LibraryImport(Library, EntryPoint = "readlinkat", SetLastError = true)]
    private static partial nint ReadLinkAt(SafeFileHandle link, byte* name, byte* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true)]
    private static partial int StatusOf(SafeFileHandle file, byte* name, int flags, uint mask, FileFacts* facts);

    [LibraryImport(Library, EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MemoryFileCreate(string label, uint flags);
}
