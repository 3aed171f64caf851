using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Tests.HostCalls;

namespace WasiCloud.Embedding.Tests.Preview1;

/// <summary>Calls with their arguments put into guest memory, for tests that are about something else.</summary>
internal static class AbiCalls
{
    public static uint Put(this AbiGuest guest, string text) => guest.Memory.Put(Encoding.UTF8.GetBytes(text));

    /// <summary>Puts an <c>iovec_array</c>.</summary>
    public static uint PutVectors(this AbiGuest guest, params (uint Address, uint Length)[] vectors)
    {
        var bytes = new byte[vectors.Length * 8];
        for (var index = 0; index < vectors.Length; index++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(index * 8), vectors[index].Address);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan((index * 8) + 4), vectors[index].Length);
        }

        return guest.Memory.Put(bytes);
    }

    public static async Task<(Errno Error, uint Number)> TryOpenAsync(
        this AbiGuest guest, string path, OpenFlags open =
            0, Rights rights = Rights.FdRead, DescriptorFlags flags = 0, bool follow = false, uint directory = AbiGuest.Root)
    {
        guest.Memory.Reuse();
        var (address, result) = (guest.Put(path), guest.Memory.Allocate(4));
        var length = (ulong)Encoding.UTF8.GetByteCount(path);
        var error = await guest.CallAsync("path_open", directory, follow ? 1UL : 0, address, length, (ulong)open, (ulong)rights, 0, (ulong)flags, result);
        guest.ShouldHaveChangedOnly((result, error == Errno.Success ? 4u : 0));
        return (error, guest.Memory.U32(result));
    }

    public static async Task<uint> OpenAsync(
        this AbiGuest guest, string path, OpenFlags open =
            0, Rights rights = Rights.FdRead, DescriptorFlags flags = 0, bool follow = false, uint directory = AbiGuest.Root)
    {
        var (error, number) = await guest.TryOpenAsync(path, open, rights, flags, follow, directory);
        error.Should().Be(Errno.Success, "opening {0}", path);
        return number;
    }

    public static Task<Errno> CloseAsync(this AbiGuest guest, uint number) => guest.CallAsync("fd_close", number);

    public static async Task CreateAsync(this AbiGuest guest, string path, string content = "")
    {
        var number = await guest.OpenAsync(path, OpenFlags.Create | OpenFlags.Truncate, Rights.FdRead | Rights.FdWrite);
        if (content.Length > 0) (await guest.WriteAsync(number, content)).Should().Be((Errno.Success, (uint)content.Length));
        (await guest.CloseAsync(number)).Should().Be(Errno.Success);
    }

    public static async Task<(Errno Error, uint Count)> WriteAsync(this AbiGuest guest, uint number, string text)
    {
        guest.Memory.Reuse();
        var vectors = guest.PutVectors((guest.Put(text), (uint)text.Length));
        var result = guest.Memory.Allocate(4);
        var error = await guest.CallAsync("fd_write", number, vectors, 1, result);
        guest.ShouldHaveChangedOnly((result, error == Errno.Success ? 4u : 0));
        return (error, error == Errno.Success ? guest.Memory.U32(result) : 0);
    }

    public static async Task<(Errno Error, string Text)> ReadAsync(this AbiGuest guest, uint number, uint length = 100)
    {
        guest.Memory.Reuse();
        var buffer = guest.Memory.Allocate((int)length);
        var (vectors, result) = (guest.PutVectors((buffer, length)), guest.Memory.Allocate(4));
        var error = await guest.CallAsync("fd_read", number, vectors, 1, result);
        return (error, error == Errno.Success ? guest.Memory.Text(buffer, guest.Memory.U32(result)) : string.Empty);
    }

    public static async Task<(Errno Error, ulong Offset)> SeekAsync(this AbiGuest guest, uint number, long delta, byte whence)
    {
        guest.Memory.Reuse();
        var result = guest.Memory.Allocate(8);
        var error = await guest.CallAsync("fd_seek", number, (ulong)delta, whence, result);
        guest.ShouldHaveChangedOnly((result, error == Errno.Success ? 8u : 0));
        return (error, error == Errno.Success ? guest.Memory.U64(result) : 0);
    }

    /// <summary>
    /// What <c>poll_oneoff</c> tells at once of reading: how many bytes, and whether the other side is gone; <see langword="null"/> if it is not ready.
    /// </summary>
    public static async Task<(ulong Bytes, bool IsHungUp)?> AvailableAsync(this AbiGuest guest, uint number)
    {
        guest.Memory.Reuse();
        var subscriptions = new byte[96];
        (subscriptions[8], subscriptions[16]) = (1, (byte)number);
        (subscriptions[56], subscriptions[64]) = (0, 1);
        var (source, events, result) = (guest.Memory.Put(subscriptions), guest.Memory.Allocate(64), guest.Memory.Allocate(4));
        (await guest.CallAsync("poll_oneoff", source, events, 2, result)).Should().Be(Errno.Success);
        return guest.Memory.Bytes[(int)events + 10] == 1 ? (guest.Memory.U64(events + 16), (guest.Memory.U16(events + 24) & 1) != 0) : null;
    }

    /// <summary>Calls a function of the form (directory, path, length).</summary>
    public static Task<Errno> OnPathAsync(this AbiGuest guest, string function, string path, uint directory = AbiGuest.Root)
    {
        guest.Memory.Reuse();
        return guest.CallAsync(function, directory, guest.Put(path), (ulong)Encoding.UTF8.GetByteCount(path));
    }

    public static Task<Errno> MakeDirectoryAsync(this AbiGuest guest, string path) => guest.OnPathAsync("path_create_directory", path);

    public static Task<Errno> UnlinkAsync(this AbiGuest guest, string path) => guest.OnPathAsync("path_unlink_file", path);

    public static Task<Errno> RemoveDirectoryAsync(this AbiGuest guest, string path) => guest.OnPathAsync("path_remove_directory", path);

    public static Task<Errno> SymlinkAsync(this AbiGuest guest, string target, string path)
    {
        guest.Memory.Reuse();
        return guest.CallAsync("path_symlink", guest.Put(target), (ulong)target.Length, AbiGuest.Root, guest.Put(path), (ulong)path.Length);
    }

    public static Task<Errno> RenameAsync(this AbiGuest guest, string from, string to)
    {
        guest.Memory.Reuse();
        return guest.CallAsync("path_rename", AbiGuest.Root, guest.Put(from), (ulong)from.Length, AbiGuest.Root, guest.Put(to), (ulong)to.Length);
    }

    public static Task<Errno> LinkAsync(this AbiGuest guest, string from, string to, bool follow = false)
    {
        guest.Memory.Reuse();
        return guest.CallAsync(
            "path_link", AbiGuest.Root, follow ? 1UL : 0, guest.Put(from), (ulong)from.Length, AbiGuest.Root, guest.Put(to), (ulong)to.Length);
    }

    public static async Task<(Errno Error, GuestStatus Status)> StatusAsync(this AbiGuest guest, string path, bool follow = false)
    {
        guest.Memory.Reuse();
        var (address, result) = (guest.Put(path), guest.Memory.Allocate(64));
        var error = await guest.CallAsync("path_filestat_get", AbiGuest.Root, follow ? 1UL : 0, address, (ulong)Encoding.UTF8.GetByteCount(path), result);
        guest.ShouldHaveChangedOnly((result, error == Errno.Success ? 64u : 0));
        return (error, GuestStatus.Read(guest.Memory, result));
    }

    public static async Task<GuestStatus> StatusAsync(this AbiGuest guest, uint number)
    {
        guest.Memory.Reuse();
        var result = guest.Memory.Allocate(64);
        (await guest.CallAsync("fd_filestat_get", number, result)).Should().Be(Errno.Success);
        guest.ShouldHaveChangedOnly((result, 64));
        return GuestStatus.Read(guest.Memory, result);
    }

    public static async Task<(Rights Base, Rights Inheriting, byte Type, DescriptorFlags Flags)> DescriptorStatusAsync(this AbiGuest guest, uint number)
    {
        guest.Memory.Reuse();
        var result = guest.Memory.Allocate(24);
        (await guest.CallAsync("fd_fdstat_get", number, result)).Should().Be(Errno.Success);
        guest.ShouldHaveChangedOnly((result, 24));
        return ((Rights)guest.Memory.U64(result + 8), (Rights)guest.Memory.U64(result + 16), guest.Memory.Bytes[(int)result],
            (DescriptorFlags)guest.Memory.U16(result + 2));
    }
}

/// <summary><c>filestat</c> of preview1.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct GuestStatus(
    ulong Device, ulong Inode, FileType Type, ulong LinkCount, ulong Size, ulong Accessed, ulong Modified, ulong Changed)
{
    public static GuestStatus Read(NativeGuestMemory memory, uint address) => new(
        memory.U64(address), memory.U64(address + 8), (FileType)memory.Bytes[(int)address + 16], memory.U64(address + 24),
        memory.U64(address + 32), memory.U64(address + 40), memory.U64(address + 48), memory.U64(address + 56));
}
