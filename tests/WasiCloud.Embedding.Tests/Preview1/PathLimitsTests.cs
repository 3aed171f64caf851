using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Tests.Preview1;

/// <summary>Paths that are no paths, or too long, or that never end; for every function that takes one.</summary>
public class PathLimitsTests
{
    public static TheoryData<string, int, int> PathArguments => new()
    {
        // The function, the index of the path's address, and how many arguments there are.
        { "path_open", 2, 9 },
        { "path_create_directory", 1, 3 },
        { "path_remove_directory", 1, 3 },
        { "path_unlink_file", 1, 3 },
        { "path_filestat_get", 2, 5 },
        { "path_filestat_set_times", 2, 7 },
        { "path_readlink", 1, 6 },
        { "path_symlink", 0, 5 },
        { "path_symlink", 3, 5 },
        { "path_link", 2, 7 },
        { "path_link", 5, 7 },
        { "path_rename", 1, 6 },
        { "path_rename", 4, 6 },
    };

    [Theory, MemberData(nameof(PathArguments))]
    public async Task Path_Bad_IsRefusedByEveryFunction(string function, int index, int count)
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        (await CallAsync(guest, function, index, count, [0xC3, 0x28])).Should().Be(Errno.IlSeq);
        (await CallAsync(guest, function, index, count, [0xED, 0xA0, 0x80])).Should().Be(Errno.IlSeq);
        (await CallAsync(guest, function, index, count, "a\0b"u8.ToArray())).Should().Be(Errno.Inval);
        (await CallAsync(guest, function, index, count, new byte[4097])).Should().Be(Errno.NameTooLong);
        (await CallAsync(guest, function, index, count, [])).Should().Be(Errno.NoEnt);
    }

    [Theory, BothHalves]
    public async Task Path_Component_HasUpTo255Bytes(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        (await guest.MakeDirectoryAsync(new string('a', 255))).Should().Be(Errno.Success);
        (await guest.MakeDirectoryAsync(new string('a', 256))).Should().Be(Errno.NameTooLong);
        (await guest.MakeDirectoryAsync(new string('€', 85))).Should().Be(Errno.Success);
        (await guest.MakeDirectoryAsync(new string('€', 85) + "a")).Should().Be(Errno.NameTooLong);
        (await guest.StatusAsync(new string('b', 256) + "/x")).Error.Should().Be(Errno.NameTooLong);
    }

    [Theory, BothHalves]
    public async Task Path_Of4096Bytes_IsWalked(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.MakeDirectoryAsync("d");
        (await guest.StatusAsync(string.Concat(Enumerable.Repeat("d/../", 819)) + "d")).Error.Should().Be(Errno.Success);
        (await guest.StatusAsync(string.Concat(Enumerable.Repeat("d/../", 819)) + "..")).Error.Should().Be(Errno.NameTooLong);
        (await guest.StatusAsync(new string('/', 10))).Error.Should().Be(Errno.NotCapable);
    }

    [Theory, BothHalves]
    public async Task Symlinks_FortyAreFollowed(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("link0", "end");
        for (var number = 1; number <= 41; number++) await guest.SymlinkAsync($"link{number - 1}", $"link{number}");
        (await guest.ReadAsync(await guest.OpenAsync("link40", follow: true))).Should().Be((Errno.Success, "end"));
        (await guest.TryOpenAsync("link41", follow: true)).Error.Should().Be(Errno.Loop);
        (await guest.StatusAsync("link41", follow: true)).Error.Should().Be(Errno.Loop);
        (await guest.StatusAsync("link41")).Status.Type.Should().Be(FileType.SymbolicLink);
        await guest.SymlinkAsync("self", "self");
        (await guest.TryOpenAsync("self")).Error.Should().Be(Errno.Loop);
        (await guest.TryOpenAsync("self/x", follow: true)).Error.Should().Be(Errno.Loop);
    }

    private static Task<Errno> CallAsync(AbiGuest guest, string function, int index, int count, byte[] path)
    {
        guest.Memory.Reuse();
        var good = (Address: guest.Put("good"), Length: 4UL);
        var arguments = new ulong[count];
        foreach (var other in PathArguments.Where(row => (string)row[0] == function).Select(row => (int)row[1]))
        {
            (arguments[other], arguments[other + 1]) = good;
        }

        (arguments[index], arguments[index + 1]) = (guest.Memory.Put(path), (ulong)path.Length);
        foreach (var directory in DirectoryArguments(function)) arguments[directory] = AbiGuest.Root;
        return guest.CallAsync(function, arguments);
    }

    private static int[] DirectoryArguments(string function) => function switch
    {
        "path_symlink" => [2],
        "path_link" => [0, 4],
        "path_rename" => [0, 3],
        _ => [0],
    };
}
