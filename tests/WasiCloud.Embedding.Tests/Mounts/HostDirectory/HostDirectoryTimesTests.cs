using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.HostDirectory;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.HostDirectory;

/// <summary>
/// witx <c>timestamp</c>: nanoseconds since 1970 in 64 bits without a sign, of which Linux tells and takes all (utimensat(2)) as far as the file system keeps
/// them.
/// </summary>
public class HostDirectoryTimesTests
{
    private const ulong Second = 1_000_000_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Times_Of2300And1969_CanBeReadAndSetBack(bool isDescriptor)
    {
        using var directory = new TemporaryDirectory();
        Make(directory["h2300"], new DateTime(2300, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Make(directory["h1969"], new DateTime(1969, 12, 31, 12, 0, 0, DateTimeKind.Utc));
        await using var guest = new AbiGuest(HalfMode.Synchronous, extra: new HostDirectoryMount(directory.Path, FileAccess.ReadWrite));
        foreach (var (name, expected) in new[] { ("h2300", 10_413_792_000 * Second), ("h1969", 0UL) })
        {
            var status = (await guest.StatusAsync("extra/" + name)).Status;
            (status.Accessed, status.Modified).Should().Be((expected, expected));
            (await SetAsync(guest, "extra/" + name, isDescriptor, status.Accessed, status.Modified, 5)).Should().Be(Errno.Success);
            (await guest.StatusAsync("extra/" + name)).Status.Should().Match<GuestStatus>(after => after.Accessed == expected && after.Modified == expected);

            // "now" of one leaves the other.
            (await SetAsync(guest, "extra/" + name, isDescriptor, 7, 7, 2)).Should().Be(Errno.Success);
            (await guest.StatusAsync("extra/" + name)).Status.Modified.Should().Be(expected);
        }
    }

    // In memory Linux keeps all seconds of 64 bits; on a disk 2446 (ext4) or 2486 (XFS) may be the last year.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_646_823_705_123_456_789)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MaxValue + 1UL)]
    [InlineData(18_446_744_073_000_000_000)]
    [InlineData(ulong.MaxValue - 1)]
    [InlineData(ulong.MaxValue)]
    public async Task Times_AllThatThereAre_AreReadBackExactly(ulong time)
    {
        using var directory = new TemporaryDirectory("/dev/shm");
        await using var guest = new AbiGuest(HalfMode.Synchronous, extra: new HostDirectoryMount(directory.Path, FileAccess.ReadWrite));
        await guest.CreateAsync("extra/file");
        await guest.SymlinkAsync("file", "extra/link");
        (await guest.MakeDirectoryAsync("extra/dir")).Should().Be(Errno.Success);
        foreach (var name in (string[])["extra/file", "extra/link", "extra/dir"])
        {
            (await SetAsync(guest, name, isDescriptor: false, time, time, 5)).Should().Be(Errno.Success);
            (await guest.StatusAsync(name)).Status.Should().Match<GuestStatus>(status => status.Accessed == time && status.Modified == time);
        }

        (await SetAsync(guest, "extra/file", isDescriptor: true, 0, 0, 5)).Should().Be(Errno.Success);
        (await SetAsync(guest, "extra/file", isDescriptor: true, time, time, 5)).Should().Be(Errno.Success);
        (await guest.StatusAsync("extra/file")).Status.Should().Match<GuestStatus>(status => status.Accessed == time && status.Modified == time);
    }

    // No file of WASI's has them; they are the nearest that there is, and not errors.
    [Theory]
    [InlineData(-1, 0)]
    [InlineData(-62_000_000_000, 0)]
    [InlineData(18_446_744_074, ulong.MaxValue)]
    [InlineData(99_999_999_999, ulong.MaxValue)]
    public async Task Times_BeyondAllThatThereAre_AreTheNearest(long seconds, ulong expected)
    {
        using var directory = new TemporaryDirectory("/dev/shm");
        Make(directory["file"], DateTimeOffset.FromUnixTimeSeconds(seconds).UtcDateTime);
        await using var guest = new AbiGuest(HalfMode.Synchronous, extra: new HostDirectoryMount(directory.Path, FileAccess.Read));
        (await guest.StatusAsync("extra/file")).Status.Modified.Should().Be(expected);
    }

    private static void Make(string path, DateTime time)
    {
        File.WriteAllText(path, "");
        File.SetLastAccessTimeUtc(path, time);
        File.SetLastWriteTimeUtc(path, time);
    }

    private static async Task<Errno> SetAsync(AbiGuest guest, string path, bool isDescriptor, ulong accessed, ulong modified, ulong flags)
    {
        if (isDescriptor)
        {
            var number = await guest.OpenAsync(path, 0, Rights.FdRead | Rights.FdFilestatSetTimes);
            var error = await guest.CallAsync("fd_filestat_set_times", number, accessed, modified, flags);
            await guest.CloseAsync(number);
            return error;
        }

        guest.Memory.Reuse();
        return await guest.CallAsync("path_filestat_set_times", AbiGuest.Root, 0, guest.Put(path), (ulong)path.Length, accessed, modified, flags);
    }
}
