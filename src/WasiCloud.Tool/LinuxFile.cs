using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Linux;
using WasiCloud.Embedding.Mounts.HostDirectory;

namespace WasiCloud.Tool;

/// <summary>
/// A file of Linux that is held before it is opened (<c>O_PATH</c>), so that it is known what it is and cannot become something else in between.
/// </summary>
/// <remarks>The library does the same for its own files, where nobody else can use it: the tool has what every application has, and no more.</remarks>
internal sealed partial class LinuxFile : IDisposable
{
    // AT_FDCWD.
    private const int CurrentDirectory = -100;

    // statx(2): the basic fields of a structure of 256 bytes.
    private const int EmptyPath = 0x1000;
    private const uint BasicFields = 0x7ff;
    private const int StatusBytes = 256;
    private const int ModeOffset = 28;
    private const int SizeOffset = 40;
    private const int TypeMask = 0xf000;

    private readonly SafeFileHandle _node;

    private LinuxFile(SafeFileHandle node, FileType type, long size) => (_node, Type, Size) = (node, type, size);

    /// <summary>What it is; <see cref="FileType.Unknown"/> of a pipe.</summary>
    public FileType Type { get; }

    /// <summary>Its length in bytes.</summary>
    public long Size { get; }

    /// <summary>Holds what a path refers to.</summary>
    public static FsResult<LinuxFile> Hold(string path)
    {
        var descriptor = Open(CurrentDirectory, path, LinuxOpenFlags.PathOnly | LinuxOpenFlags.CloseOnExec, mode: 0);
        if (descriptor < 0) return LinuxErrno.Last();
        var node = new SafeFileHandle(descriptor, ownsHandle: true);
        if (TryGetStatus(descriptor, out var type, out var size)) return new LinuxFile(node, type, size);
        var error = LinuxErrno.Last();
        node.Dispose();
        return error;
    }

    /// <summary>Whether a descriptor of the process is a regular file.</summary>
    public static bool IsRegular(int descriptor) => TryGetStatus(descriptor, out var type, out _) && type == FileType.RegularFile;

    /// <summary>Opens it for reading, without waiting for a writer.</summary>
    public FsResult<SafeFileHandle> OpenForReading()
    {
        // The number that is looked up there is the process's own.
        var path = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_node.DangerousGetHandle()}");
        var descriptor = Open(CurrentDirectory, path, LinuxOpenFlags.ReadOnly | LinuxOpenFlags.NonBlocking | LinuxOpenFlags.CloseOnExec, mode: 0);
        return descriptor < 0 ? LinuxErrno.Last() : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    public void Dispose() => _node.Dispose();

    private static bool TryGetStatus(int descriptor, out FileType type, out long size)
    {
        Span<byte> status = stackalloc byte[StatusBytes];
        var isKnown = StatX(descriptor, string.Empty, EmptyPath, BasicFields, status) == 0;
        type = (BinaryPrimitives.ReadUInt16LittleEndian(status[ModeOffset..]) & TypeMask) switch
        {
            0x8000 => FileType.RegularFile,
            0x4000 => FileType.Directory,
            0xa000 => FileType.SymbolicLink,
            0x2000 => FileType.CharacterDevice,
            0x6000 => FileType.BlockDevice,
            0xc000 => FileType.SocketStream,
            _ => FileType.Unknown,
        };
        size = BinaryPrimitives.ReadInt64LittleEndian(status[SizeOffset..]);
        return isKnown;
    }

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(int directory, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int directory, string path, int flags, uint mask, Span<byte> status);
}
