using System.Runtime.InteropServices;
using System.Text;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Linux;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>
/// The C library's calls, as in their manual pages (section 2). Names given to them are single components, checked by <see cref="HostName"/>, which also says
/// what bytes they are.
/// </summary>
internal static unsafe partial class Libc
{
    public const int AtSymlinkNoFollow = 0x100;
    public const int AtRemoveDirectory = 0x200;
    public const int AtSymlinkFollow = 0x400;
    public const int AtNoAutomount = 0x800;
    public const int AtEmptyPath = 0x1000;
    public const int SeekSet = 0;
    public const int SeekCurrent = 1;
    public const int SeekData = 3;
    public const int SeekHole = 4;

    // RWF_APPEND, Linux 4.16.
    public const int WriteAtEnd = 0x10;

    /// <summary><c>FALLOC_FL_KEEP_SIZE</c>.</summary>
    public const int KeepSize = 1;

    private const string Library = "libc";

    // The magic numbers of tmpfs and ramfs (statfs(2)), which begin struct statfs: a word on every 64-bit Linux, and in all 120 bytes.
    private const long TemporaryFileSystem = 0x01021994;
    private const long MemoryFileSystem = 0x858458F6;
    private const int FileSystemStatusWords = 64;

    /// <summary><c>AT_FDCWD</c>, for the one path that is the operator's and not a guest's.</summary>
    public static HostDescriptor CurrentDirectory { get; } = new(-100, isOwned: false);

    /// <summary>Asks for the status of what a descriptor refers to, whatever it was opened for.</summary>
    public static Errno TryGetStatus(HostDescriptor descriptor, out FileStatus status)
    {
        fixed (byte* empty = "\0"u8) return LinuxErrno.FromResult(StatX(descriptor, empty, AtEmptyPath, FileStatus.BasicFields, out status));
    }

    /// <summary>Asks for the status of what a name refers to; of a symbolic link, the link's.</summary>
    public static Errno TryGetStatus(HostDescriptor directory, string name, out FileStatus status) =>
        LinuxErrno.FromResult(StatX(directory, name, AtSymlinkNoFollow | AtNoAutomount, FileStatus.BasicFields, out status));

    /// <summary>Opens or creates a file; <see langword="null"/> if that fails.</summary>
    public static HostDescriptor? OpenAt(HostDescriptor directory, string name, int flags, uint mode = 0)
    {
        // Not marshalled as a handle: that reads 64 bits where C returns an int, so that -1 would pass for valid.
        var value = Open(directory, name, flags, mode);
        return value < 0 ? null : new HostDescriptor(value, isOwned: true);
    }

    /// <summary>Opens what a path of the operator's or the system's refers to.</summary>
    public static HostDescriptor? OpenPath(string path, int flags)
    {
        fixed (byte* bytes = Encoding.UTF8.GetBytes(path + '\0')) return OpenAt(CurrentDirectory, bytes, flags);
    }

    /// <summary>As <see cref="OpenAt(HostDescriptor, string, int, uint)"/>, of an existing file with a name in UTF-8 that ends with a zero.</summary>
    public static HostDescriptor? OpenAt(HostDescriptor directory, byte* name, int flags)
    {
        var value = Open(directory, name, flags, mode: 0);
        return value < 0 ? null : new HostDescriptor(value, isOwned: true);
    }

    /// <summary>Opens whatever a name refers to, a symbolic link itself, without opening it for anything, and asks for its status.</summary>
    /// <remarks>O_PATH opens nothing: no FIFO blocks, no device notices, no permission on the file is needed.</remarks>
    public static Errno TryHold(HostDescriptor directory, string name, out HostDescriptor? node, out FileStatus status)
    {
        status = default;
        node = OpenAt(directory, name, LinuxOpenFlags.PathOnly | LinuxOpenFlags.NoFollow | LinuxOpenFlags.CloseOnExec);
        if (node is null) return LinuxErrno.Last();
        var error = TryGetStatus(node, out status);
        if (error == Errno.Success) return error;
        node.Dispose();
        node = null;
        return error;
    }

    /// <summary>Whether a file is in memory only, so that there is nothing to flush it to.</summary>
    public static bool IsInMemory(HostDescriptor file)
    {
        var status = stackalloc long[FileSystemStatusWords];
        return GetFileSystemStatus(file, status) == 0 && status[0] is TemporaryFileSystem or MemoryFileSystem;
    }

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport(
        Library, EntryPoint = "mkdirat", SetLastError = true,
        StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(HostNameMarshaller))]
    public static partial int MakeDirectoryAt(HostDescriptor directory, string name, uint mode);

    [LibraryImport(
        Library, EntryPoint = "unlinkat", SetLastError = true,
        StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(HostNameMarshaller))]
    public static partial int UnlinkAt(HostDescriptor directory, string name, int flags);

    [LibraryImport(
        Library, EntryPoint = "renameat", SetLastError = true,
        StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(HostNameMarshaller))]
    public static partial int RenameAt(HostDescriptor directory, string name, HostDescriptor destination, string newName);

    [LibraryImport(
        Library, EntryPoint = "linkat", SetLastError = true,
        StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(HostNameMarshaller))]
    public static partial int LinkAt(HostDescriptor directory, byte* name, HostDescriptor destination, string newName, int flags);

    [LibraryImport(
        Library, EntryPoint = "symlinkat", SetLastError = true,
        StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(HostNameMarshaller))]
    public static partial int SymlinkAt(string target, HostDescriptor directory, string name);

    [LibraryImport(Library, EntryPoint = "readlinkat", SetLastError = true)]
    public static partial nint ReadLinkAt(HostDescriptor link, byte* name, byte* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "utimensat", SetLastError = true)]
    public static partial int SetTimesAt(HostDescriptor directory, byte* name, TimeSpecification* times, int flags);

    [LibraryImport(Library, EntryPoint = "pread", SetLastError = true)]
    public static partial nint Read(HostDescriptor file, byte* buffer, nuint length, long offset);

    [LibraryImport(Library, EntryPoint = "preadv", SetLastError = true)]
    public static partial nint Read(HostDescriptor file, IoVector* vectors, int count, long offset);

    [LibraryImport(Library, EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint Write(HostDescriptor file, byte* buffer, nuint length, long offset);

    [LibraryImport(Library, EntryPoint = "pwritev", SetLastError = true)]
    public static partial nint Write(HostDescriptor file, IoVector* vectors, int count, long offset);

    [LibraryImport(Library, EntryPoint = "pwritev2", SetLastError = true)]
    public static partial nint Write(HostDescriptor file, IoVector* vectors, int count, long offset, int flags);

    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(HostDescriptor file, long offset, int origin);

    [LibraryImport(Library, EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int SetSize(HostDescriptor file, long size);

    [LibraryImport(Library, EntryPoint = "fallocate", SetLastError = true)]
    public static partial int Allocate(HostDescriptor file, int mode, long offset, long length);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    public static partial int Flush(HostDescriptor file);

    [LibraryImport(Library, EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int FlushData(HostDescriptor file);

    // Variadic in C, which for integer arguments is the same calling convention on every architecture that LinuxPlatform lists.
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint ReadDirectory(nint call, HostDescriptor directory, byte* buffer, nuint length);

    // Variadic in C; see ReadDirectory.
    [LibraryImport(
        Library, EntryPoint = "openat", SetLastError = true,
        StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(HostNameMarshaller))]
    private static partial int Open(HostDescriptor directory, string name, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "openat", SetLastError = true)]
    private static partial int Open(HostDescriptor directory, byte* name, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "fstatfs", SetLastError = true)]
    private static partial int GetFileSystemStatus(HostDescriptor file, long* status);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true)]
    private static partial int StatX(HostDescriptor directory, byte* name, int flags, uint mask, out FileStatus status);

    [LibraryImport(
        Library, EntryPoint = "statx", SetLastError = true,
        StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(HostNameMarshaller))]
    private static partial int StatX(HostDescriptor directory, string name, int flags, uint mask, out FileStatus status);
}
