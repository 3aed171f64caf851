using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>
/// A listing by <c>getdents64</c>. A cookie counts entries; behind it stands the file system's own position (<c>d_off</c>), which stays valid while entries
/// come and go.
/// </summary>
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

    // 32 KiB of positions, for as long as the guest has the directory open, however many entries it has.
    private const int MaxMarks = 4096;

    // Element n is the position before entry n * _stride. Where there are more entries than marks, a cookie between two is found by reading on from the first.
    private readonly List<long> _marks = [0];
    private int _stride = 1;
    private HostDescriptor? _descriptor;
    private ulong _device;
    private byte[] _buffer = [];
    private int _position;
    private int _end;

    // The number of the entry that is read next, and where in the buffer the one before it stands, if that is still there.
    private long _next;
    private int? _lastPosition;

    public override Errno Read(ulong cookie, out DirectoryEntry entry, out ulong next)
    {
        // A position beyond what was read so far comes from an earlier listing: count up to it.
        next = cookie;
        entry = default;
        var error = Seek((long)Math.Min(cookie, long.MaxValue));
        while (error == Errno.Success && (ulong)_next < cookie) error = ReadNext(out entry);
        if (error != Errno.Success) return error;
        next = cookie + 1;
        return ReadNext(out entry);
    }

    public override bool TryApproach(ulong cookie, int most)
    {
        // Read says what is the matter, or that there is no more.
        if (Seek((long)Math.Min(cookie, long.MaxValue)) != Errno.Success) return true;
        for (; most > 0 && (ulong)_next < cookie; most--)
        {
            if (ReadNext(out _) != Errno.Success) return true;
        }

        return (ulong)_next >= cookie;
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

    private Errno ReadNext(out DirectoryEntry entry)
    {
        entry = default;
        while (true)
        {
            if (_position == _end)
            {
                var error = Fill();
                if (error != Errno.Success) return error;
            }

            var start = _position;
            var record = _buffer.AsSpan(start, MemoryMarshal.Read<ushort>(_buffer.AsSpan(start + LengthField)));
            _position += record.Length;
            var offset = MemoryMarshal.Read<long>(record[OffsetField..]);

            // A file system that cannot resume (some FUSE ones say 0) would make guests start over for ever.
            if (offset == 0) return Errno.IO;
            var name = record[NameField..];
            name = name[..name.IndexOf((byte)0)];
            if (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8)) continue;
            var inode = directory.Tree.InodeNumber(_device, MemoryMarshal.Read<ulong>(record));
            entry = new DirectoryEntry(HostName.ToText(name), ToFileType(record[TypeField]), inode);
            (_lastPosition, _next) = (start, _next + 1);
            if (_next % _stride == 0) Mark((int)(_next / _stride), offset);
            return Errno.Success;
        }
    }

    // Reading on from an earlier cookie may meet other entries than before; what follows is then counted anew.
    private void Mark(int number, long offset)
    {
        if (number < _marks.Count) _marks[number] = offset;
        else _marks.Add(offset);
        if (_marks.Count < MaxMarks) return;
        for (var kept = 1; kept * 2 < _marks.Count; kept++) _marks[kept] = _marks[kept * 2];
        _marks.RemoveRange((_marks.Count + 1) / 2, _marks.Count / 2);
        _stride *= 2;
    }

    // To the last position before an entry that is known, and not beyond it.
    private Errno Seek(long entry)
    {
        if (_descriptor is null)
        {
            var error = Open();
            if (error != Errno.Success) return error;
        }

        if (entry == _next - 1 && _lastPosition is { } last)
        {
            // The entry that the guest's buffer cut off, once more.
            (_position, _next, _lastPosition) = (last, entry, null);
            return Errno.Success;
        }

        var mark = (int)Math.Min(entry / _stride, _marks.Count - 1);
        var start = (long)mark * _stride;
        if (_next >= start && _next <= entry) return Errno.Success;
        if (Libc.Seek(_descriptor!, _marks[mark], Libc.SeekSet) < 0) return LinuxErrno.Last();
        (_position, _end, _next, _lastPosition) = (0, 0, start, null);
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
            (_position, _end, _lastPosition) = (0, (int)count, null);
            return count == 0 ? Errno.NoEnt : Errno.Success;
        }
    }
}
