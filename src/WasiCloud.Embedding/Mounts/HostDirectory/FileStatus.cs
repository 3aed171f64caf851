using System.Runtime.InteropServices;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Devices;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary><c>struct statx</c> (statx(2)), chosen over <c>struct stat</c> because its layout is the same on every architecture.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal readonly struct FileStatus
{
    // STATX_BASIC_STATS
    public const uint BasicFields = 0x7ff;

    // Of stx_blocks, whatever the file system's own are.
    private const uint BlockBytes = 512;

    [FieldOffset(16)]
    private readonly uint _linkCount;
    [FieldOffset(28)]
    private readonly ushort _mode;
    [FieldOffset(32)]
    private readonly ulong _inode;
    [FieldOffset(40)]
    private readonly ulong _size;
    [FieldOffset(48)]
    private readonly ulong _blocks;
    [FieldOffset(64)]
    private readonly StatusTime _accessed;
    [FieldOffset(96)]
    private readonly StatusTime _changed;
    [FieldOffset(112)]
    private readonly StatusTime _modified;
    [FieldOffset(128)]
    private readonly uint _representedMajor;
    [FieldOffset(132)]
    private readonly uint _representedMinor;
    [FieldOffset(136)]
    private readonly uint _deviceMajor;
    [FieldOffset(140)]
    private readonly uint _deviceMinor;

    public ulong Device => ((ulong)_deviceMajor << 32) | _deviceMinor;

    /// <summary>Which of the devices that do no harm it is, if it is one.</summary>
    public DeviceKind? HarmlessDevice => Type == FileType.CharacterDevice ? DeviceKinds.Of(_representedMajor, _representedMinor) : null;

    public HostFileKey Key => new(Device, _inode);

    /// <summary>When its content changed, in nanoseconds since the epoch.</summary>
    public ulong ModifiedNanoseconds => _modified.Nanoseconds;

    /// <summary>When anything of it changed, in nanoseconds since the epoch.</summary>
    public ulong ChangedNanoseconds => _changed.Nanoseconds;

    public uint LinkCount => _linkCount;

    /// <summary>The length of a file, or of what a symbolic link says; 0 of anything else, whose size is the file system's own affair.</summary>
    public long ContentBytes => Type is FileType.RegularFile or FileType.SymbolicLink ? (long)_size : 0;

    /// <summary>The length in bytes.</summary>
    public ulong Size => _size;

    /// <summary>Whether freeing what it takes may last: ext4 took 16 s for 800 MB that were 200,000 fragments.</summary>
    public bool IsLarge => _blocks > TransferSize.PieceBytes / BlockBytes;

    /// <summary>Whether no name is left.</summary>
    public bool IsRemoved => _linkCount == 0;

    // S_IFMT
    public FileType Type => (_mode & 0xF000) switch
    {
        0x2000 => FileType.CharacterDevice,
        0x4000 => FileType.Directory,
        0x6000 => FileType.BlockDevice,
        0x8000 => FileType.RegularFile,
        0xA000 => FileType.SymbolicLink,
        0xC000 => FileType.SocketStream,
        _ => FileType.Unknown, // FIFOs, for which WASI has no word
    };

    public NodeAttributes ToAttributes(HostTree tree) =>
        new(_size, tree.InodeNumber(Device, _inode), _linkCount, _accessed.Nanoseconds, _modified.Nanoseconds, _changed.Nanoseconds);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct StatusTime
    {
        private const long MaxSeconds = (long)(ulong.MaxValue / TimeSpecification.NanosecondsPerSecond);

        private readonly long _seconds;
        private readonly uint _nanoseconds;
        private readonly int _reserved;

        /// <summary>Since the epoch; times that 64 bits of nanoseconds cannot tell (before 1970, after 2554) become the nearest they can.</summary>
        public ulong Nanoseconds => _seconds switch
        {
            < 0 => 0,
            > MaxSeconds => ulong.MaxValue,
            _ => Add((ulong)_seconds * TimeSpecification.NanosecondsPerSecond, _nanoseconds),
        };

        // The last second is not whole.
        private static ulong Add(ulong time, uint fraction) => time > ulong.MaxValue - fraction ? ulong.MaxValue : time + fraction;
    }
}
