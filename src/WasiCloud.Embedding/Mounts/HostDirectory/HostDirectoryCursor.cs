using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>A listing by <c>getdents64</c>. A cookie counts entries; behind it stands the file system's own position (<c>d_off</c>), which stays valid while entries come and go.</summary>
/// <remarks>
/// <c>d_off</c> itself is a 63-bit hash on ext4, and a 32-bit guest's <c>telldir</c> returns a <c>long</c>: it would lose the upper half.
/// </remarks>
internal sealed class HostDirectoryCursor(HostInode directory) : DirectoryCursor
{
    // As much as the C library's readdir asks for at once.
    private const int BufferBytes = 32 * 1024;

    // struct linux_dirent64 (getdents(2)): d_ino, d_off, d_reclen, d_type, d_name.
    private const int OffsetField = 8;
    private const int LengthField = 16;
    private const int TypeField = 18;
    private const int NameField = 19;

    // Element n is the position behind the entry that was read at cookie n: 8 bytes an entry, for as long as the guest has the directory open.
    private readonly List<long> _offsets = [];
    private HostDescriptor? _descriptor;
    private ulong _device;
    private byte[] _buffer = [];
    private int _position;
    private int _end;
    private long _offset;

    // Where in the buffer the last entry that was read stands, and the file system's position before it.
    private int _lastPosition;
    private long? _lastOffset;

    public override Errno Read(ulong cookie, out DirectoryEntry entry, out ulong next)
    {
        // A position beyond what was read so far comes from an earlier listing: count up to it.
        while (cookie > (ulong)_offsets.Count)
        {
            var error = ReadAt(_offsets.Count, out entry);
            if (error == Errno.Success) continue;
            next = cookie;
            return error;
        }

        next = cookie + 1;
        return ReadAt((int)cookie, out entry);
    }

    public override void Dispose()
    {
        _descriptor?.Dispose();
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        base.Dispose();
    }

    // DT_ constants of dirent.h
    private static FileType ToFileType(byte type) => type switch
    {
        2 => FileType.CharacterDevice,
        4 => FileType.Directory,
        6 => FileType.BlockDevice,
        8 => FileType.RegularFile,
        10 => FileType.SymbolicLink,
        12 => FileType.SocketStream,
        _ => FileType.Unknown,
    };

    private Errno ReadAt(int index, out DirectoryEntry entry)
    {
        entry = default;
        var start = index == 0 ? 0 : _offsets[index - 1];
        var error = Seek(start);
        while (error == Errno.Success)
        {
            if (_position == _end) error = Fill();
            if (error != Errno.Success) break;

            (_lastPosition, _lastOffset) = (_position, start);
            var record = _buffer.AsSpan(_position, MemoryMarshal.Read<ushort>(_buffer.AsSpan(_position + LengthField)));
            _position += record.Length;
            _offset = MemoryMarshal.Read<long>(record[OffsetField..]);

            // A file system that cannot resume (some FUSE ones say 0) would make guests start over for ever.
            if (_offset == 0) return Errno.IO;
            var name = record[NameField..];
            name = name[..name.IndexOf((byte)0)];
            if (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8) || !Utf8.IsValid(name)) continue;
            var inode = directory.Tree.InodeNumber(_device, MemoryMarshal.Read<ulong>(record));
            entry = new DirectoryEntry(Encoding.UTF8.GetString(name), ToFileType(record[TypeField]), inode);
            Remember(index);
            return Errno.Success;
        }

        return error;
    }

    // Reading on from an earlier cookie may meet other entries than before; what follows is then counted anew.
    private void Remember(int index)
    {
        if (index == _offsets.Count) _offsets.Add(_offset);
        else _offsets[index] = _offset;
    }

    private Errno Seek(long offset)
    {
        if (_descriptor is null)
        {
            var error = Open();
            if (error != Errno.Success) return error;
        }

        if (offset == _offset) return Errno.Success;
        if (offset == _lastOffset)
        {
            // The entry that the guest's buffer cut off, once more.
            (_position, _offset) = (_lastPosition, offset);
            return Errno.Success;
        }

        if (Libc.Seek(_descriptor!, offset, Libc.SeekSet) < 0) return LinuxErrno.Last();
        _position = _end = 0;
        (_offset, _lastOffset) = (offset, null);
        return Errno.Success;
    }

    // A descriptor of the cursor's own also has a position of its own.
    private Errno Open()
    {
        var descriptor = directory.ReopenDirectory();
        if (descriptor is null) return LinuxErrno.Last();
        var error = Libc.TryGetStatus(descriptor, out var status);
        if (error != Errno.Success)
        {
            descriptor.Dispose();
            return error;
        }

        (_descriptor, _device, _buffer) = (descriptor, status.Device, ArrayPool<byte>.Shared.Rent(BufferBytes));
        return Errno.Success;
    }

    private unsafe Errno Fill()
    {
        fixed (byte* buffer = _buffer)
        {
            var count = Libc.ReadDirectory(LinuxPlatform.ReadDirectoryCall, _descriptor!, buffer, (nuint)_buffer.Length);
            if (count < 0) return LinuxErrno.Last();
            (_position, _end, _lastOffset) = (0, (int)count, null);
            return count == 0 ? Errno.NoEnt : Errno.Success;
        }
    }
}
