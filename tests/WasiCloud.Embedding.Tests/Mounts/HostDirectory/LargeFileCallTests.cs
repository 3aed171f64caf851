using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Linux;
using WasiCloud.Embedding.Mounts.HostDirectory;
using WasiCloud.Embedding.Tests.Hosting;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.HostDirectory;

/// <summary>
/// What frees a large file of the host may last seconds, so the guest waits for it where its end need not; what frees a small one is done at once.
/// </summary>
public sealed class LargeFileCallTests : IDisposable
{
    private const int Large = 3 << 20;

    private readonly TemporaryDirectory _directory = new();
    private readonly CancellationTokenSource _source = new();

    public LargeFileCallTests()
    {
        File.WriteAllBytes(_directory["large"], new byte[Large]);
        File.WriteAllBytes(_directory["small"], new byte[100]);
    }

    public void Dispose()
    {
        _source.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("large", true)]
    [InlineData("small", false)]
    public async Task Unlink_WaitsIfTheFileIsLarge(string name, bool waits)
    {
        await using var guest = NewGuest();
        (await guest.CallAsync("path_unlink_file", Path(guest, name))).Should().Be(Errno.Success);
        guest.WasSuspended.Should().Be(waits);
        File.Exists(_directory[name]).Should().BeFalse();
    }

    [Theory]
    [InlineData("large", true)]
    [InlineData("small", false)]
    public async Task Rename_WaitsIfWhatItReplacesIsLarge(string name, bool waits)
    {
        await File.WriteAllTextAsync(_directory["new"], "new");
        await using var guest = NewGuest();
        (await guest.CallAsync("path_rename", [.. Path(guest, "new"), .. Path(guest, name)])).Should().Be(Errno.Success);
        guest.WasSuspended.Should().Be(waits);
        (await File.ReadAllTextAsync(_directory[name])).Should().Be("new");
        File.Exists(_directory["new"]).Should().BeFalse();
    }

    [Theory]
    [InlineData("large", true)]
    [InlineData("small", false)]
    public async Task OpenToTruncate_WaitsIfTheFileIsLarge(string name, bool waits)
    {
        await using var guest = NewGuest();
        var number = await guest.OpenAsync("extra/" + name, OpenFlags.Truncate, Rights.FdRead | Rights.FdWrite);
        guest.WasSuspended.Should().Be(waits);
        new FileInfo(_directory[name]).Length.Should().Be(0);
        await guest.CloseAsync(number);
    }

    [Theory]
    [InlineData("large", 10, true)]
    [InlineData("large", Large, false)]
    [InlineData("large", Large + 10, false)]
    [InlineData("small", 10, false)]
    public async Task SetSize_WaitsIfALargeFileBecomesSmaller(string name, int size, bool waits)
    {
        await using var guest = NewGuest();
        var number = await guest.OpenAsync("extra/" + name, OpenFlags.None, Rights.FdRead | Rights.FdWrite);
        (await guest.CallAsync("fd_filestat_set_size", number, (ulong)size)).Should().Be(Errno.Success);
        guest.WasSuspended.Should().Be(waits);
        new FileInfo(_directory[name]).Length.Should().Be(size);
        await guest.CloseAsync(number);
    }

    [Fact]
    public async Task Close_OfALargeFileThatWasRemoved_IsDoneElsewhereAndItIsClosed()
    {
        await using (var guest = NewGuest())
        {
            var number = await guest.OpenAsync("extra/large", OpenFlags.None, Rights.FdRead | Rights.FdWrite);
            (await guest.CallAsync("path_unlink_file", Path(guest, "large"))).Should().Be(Errno.Success);
            CountOpenRemovedFiles().Should().BePositive();
            await guest.CloseAsync(number);
        }

        SpinWait.SpinUntil(() => CountOpenRemovedFiles() == 0, TestHost.Patience).Should().BeTrue("it is closed");
    }

    [Fact]
    public async Task Flush_WaitsElsewhere()
    {
        await using var guest = NewGuest();
        var number = await guest.OpenAsync("extra/small", OpenFlags.None, Rights.FdRead | Rights.FdWrite);
        foreach (var name in new[] { "fd_sync", "fd_datasync" })
        {
            (await guest.CallAsync(name, number)).Should().Be(Errno.Success);
            guest.WasSuspended.Should().Be(!IsInMemory(_directory.Path));
        }

        await guest.CloseAsync(number);
    }

    [Fact]
    public async Task Flush_OfAFolderInMemory_IsDoneAtOnce()
    {
        if (!Directory.Exists("/dev/shm") || !IsInMemory("/dev/shm")) return;
        var folder = Directory.CreateDirectory(System.IO.Path.Combine("/dev/shm", Guid.NewGuid().ToString("n")));
        try
        {
            await using var guest = NewGuest(folder.FullName);
            var number = await guest.OpenAsync("extra/file", OpenFlags.Create, Rights.FdRead | Rights.FdWrite);
            (await guest.CallAsync("fd_sync", number)).Should().Be(Errno.Success);
            guest.WasSuspended.Should().BeFalse();
            await guest.CloseAsync(number);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static bool IsInMemory(string path)
    {
        using var descriptor = Libc.OpenAt(Libc.CurrentDirectory, path, LinuxOpenFlags.PathOnly | LinuxOpenFlags.CloseOnExec);
        return Libc.IsInMemory(descriptor!);
    }

    private static ulong[] Path(AbiGuest guest, string name) => [AbiGuest.Root, guest.Put("extra/" + name), (ulong)("extra/" + name).Length];

    private AbiGuest NewGuest(string? path = null) =>
        new(HalfMode.Synchronous, extra: new HostDirectoryMount(path ?? _directory.Path, FileAccess.ReadWrite)) { CancellationToken = _source.Token };

    private int CountOpenRemovedFiles() =>
        new DirectoryInfo("/proc/self/fd").EnumerateFiles().Count(file => file.LinkTarget == _directory["large"] + " (deleted)");
}
