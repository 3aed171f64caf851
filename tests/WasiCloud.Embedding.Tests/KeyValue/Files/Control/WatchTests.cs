using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Tests.Hosting;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Files.Control;

/// <summary><c>.watch/&lt;prefix&gt;</c>.</summary>
public sealed class WatchTests : ControlTestBase
{
    [Fact]
    public async Task Read_ChangesSinceTheOpen_AreWholeLines()
    {
        await PutAsync("before");
        var watch = await OpenAsync(Guest, ".watch/.all");
        var put = await PutAsync("a/\"é");
        var delete = await DeleteAsync("before");

        (await Guest.ReadAsync(watch)).Text.Should().Be($$"""
            {"key":"a/\"é","type":"put","version":{{put}}}
            {"key":"before","type":"delete","version":{{delete}}}

            """);
    }

    [Fact]
    public async Task Read_NothingYet_WaitsForTheNextChange()
    {
        var watch = await OpenAsync(Guest, ".watch/a");
        var read = Guest.ReadAsync(watch);
        await PutAsync("b");
        read.IsCompleted.Should().BeFalse();

        await PutAsync("abc");

        (await read.WaitAsync(Patience)).Text.Should().Contain("\"abc\"");
    }

    [Theory]
    [InlineData(".all", "a,ab,a/b,a/b/c")]
    [InlineData("a", "a,ab,a/b,a/b/c")]
    [InlineData("a/.all", "a/b,a/b/c")]
    [InlineData("a/b", "a/b,a/b/c")]
    [InlineData("a/b/.all", "a/b/c")]
    public async Task Open_Prefix_IsText(string path, string expected)
    {
        var watch = await OpenAsync(Guest, ".watch/" + path);
        foreach (var key in new[] { "a", "ab", "a/b", "a/b/c" }) await PutAsync(key);

        var lines = (await Guest.ReadAsync(watch, 1000)).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        lines.Select(line => line.Split('"')[3]).Should().Equal(expected.Split(','));
    }

    [Fact]
    public async Task Read_MarkersAndReservedKeys_AreNotShown()
    {
        var watch = await OpenAsync(Guest, ".watch/.all");
        await Guest.MakeDirectoryAsync("extra/directory");
        await PutAsync(".lock/name");
        await PutAsync("key");

        (await Guest.ReadAsync(watch)).Text.Should().StartWith("{\"key\":\"key\"");
    }

    [Fact]
    public async Task Read_LineLongerThanTheBuffer_ContinuesInTheNextRead()
    {
        var watch = await OpenAsync(Guest, ".watch/.all");
        await PutAsync("1");
        await PutAsync("2");

        var text = string.Empty;
        while (text.Count(character => character == '\n') < 2) text += (await Guest.ReadAsync(watch, 7).WaitAsync(Patience)).Text;

        text.Should().Be("{\"key\":\"1\",\"type\":\"put\",\"version\":1}\n{\"key\":\"2\",\"type\":\"put\",\"version\":2}\n");
    }

    [Fact]
    public async Task Read_SecondLineDoesNotFit_ComesWhole()
    {
        var watch = await OpenAsync(Guest, ".watch/.all");
        await PutAsync("1");
        await PutAsync("2");

        (await Guest.ReadAsync(watch, 50)).Text.Should().Be("{\"key\":\"1\",\"type\":\"put\",\"version\":1}\n");
        (await Guest.ReadAsync(watch, 50)).Text.Should().Be("{\"key\":\"2\",\"type\":\"put\",\"version\":2}\n");
    }

    [Fact]
    public async Task Read_NonBlocking_IsAgainUntilThereIsAChange()
    {
        var watch = await OpenAsync(Guest, ".watch/.all", flags: DescriptorFlags.NonBlocking);

        (await Guest.ReadAsync(watch)).Error.Should().Be(Errno.Again);
        (await Guest.ReadAsync(watch)).Error.Should().Be(Errno.Again);
        await PutAsync("key");
        (await PollAsync(watch)).Should().Be(FileReadiness.Read);

        (await Guest.ReadAsync(watch)).Text.Should().Contain("\"key\":\"key\"");
        (await Guest.ReadAsync(watch)).Error.Should().Be(Errno.Again);
    }

    [Fact]
    public async Task Poll_Cancelled_LosesNothing()
    {
        var watch = await OpenAsync(Guest, ".watch/.all");
        Guest.Descriptors.TryGet(watch, out var descriptor).Should().BeTrue();
        using (var cancellation = new CancellationTokenSource())
        {
            var poll = descriptor!.Handle!.PollAsync(FileReadiness.Read, cancellation.Token).AsTask();
            await cancellation.CancelAsync();
            await FluentActions.Awaiting(() => poll).Should().ThrowAsync<OperationCanceledException>();
        }

        await PutAsync("1");
        await PutAsync("2");

        (await PollAsync(watch)).Should().Be(FileReadiness.Read);
        var text = (await Guest.ReadAsync(watch)).Text;
        text.Should().StartWith("{\"key\":\"1\"").And.Contain("{\"key\":\"2\"");
    }

    [Fact]
    public async Task Read_HistoryLost_IsStaleForGood()
    {
        var watch = await OpenAsync(Guest, ".watch/.all");
        for (var count = 0; count < 70; count++) await PutAsync("key");

        (await Guest.ReadAsync(watch)).Error.Should().Be(Errno.Stale);
        (await PollAsync(watch)).Should().Be(FileReadiness.Read);
        (await Guest.ReadAsync(watch)).Error.Should().Be(Errno.Stale);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Read_WatchBreaks_ContinuesWithoutLossOrRepetition(int changesUntilFailure)
    {
        var failing = new FailingWatchBackend(Backend) { ChangesUntilFailure = changesUntilFailure };
        var guest = NewGuest(NewMount(failing));
        var watch = await OpenAsync(guest, ".watch/.all");
        await Backend.CommitAsync(new(KeyValueOperation.Put("1", default), KeyValueOperation.Put("2", default), KeyValueOperation.Put("3", default)), default);
        await PutAsync("4");

        var keys = new List<string>();
        while (keys.Count < 4)
        {
            var read = guest.ReadAsync(watch, 50);
            await TestHost.UntilAsync(() => read.IsCompleted, () =>
            {
                failing.ChangesUntilFailure = null;
                Clock.Advance(TimeSpan.FromMilliseconds(100));
            });

            keys.Add((await read).Text.Split('"')[3]);
        }

        keys.Should().Equal("1", "2", "3", "4");
    }

    [Fact]
    public async Task Read_WatchStaysBroken_IsIoAfterATimeAndGoesOnLater()
    {
        var failing = new FailingWatchBackend(Backend) { ChangesUntilFailure = 0 };
        var guest = NewGuest(NewMount(failing));
        var watch = await OpenAsync(guest, ".watch/.all");

        var read = guest.ReadAsync(watch);
        await TestHost.UntilAsync(() => read.IsCompleted, () => Clock.Advance(TimeSpan.FromSeconds(1)));

        (await read).Error.Should().Be(Errno.IO);
        failing.Watches.Should().Be(8);
        guest.Diagnostics.Entries.Should().ContainSingle();
        failing.ChangesUntilFailure = null;
        await PutAsync("key");
        (await guest.ReadAsync(watch)).Text.Should().Contain("\"key\":\"key\"");
    }

    [Fact]
    public async Task Tenant_SeesItsOwnChangesByItsOwnNames()
    {
        var tenant = NewTenant("t1/");
        var watch = await OpenAsync(tenant, ".watch/.all");
        await PutAsync("t2/key");
        await PutAsync("key");
        await PutAsync("t1/.hidden");
        await PutAsync("t1/key");

        (await tenant.ReadAsync(watch)).Text.Should().Be("{\"key\":\"key\",\"type\":\"put\",\"version\":4}\n");
    }

    [Theory]
    [InlineData(".watch/a", Rights.FdWrite, Errno.Access)]
    [InlineData(".watch/a", Rights.FdRead | Rights.FdWrite, Errno.Access)]
    [InlineData(".watch/a/", Rights.FdRead, Errno.NotDir)]
    [InlineData(".watch/.lock", Rights.FdRead, Errno.NoEnt)]
    [InlineData(".watch/.lock/a", Rights.FdRead, Errno.NoEnt)]
    public async Task Open_WhatCannotBeWatched_Fails(string path, object rights, Errno expected) =>
        (await OpenErrorAsync(Guest, path, rights: (Rights)rights)).Should().Be(expected);

    [Fact]
    public async Task Open_ReadOnlyScope_Works()
    {
        var guest = NewGuest(NewMount(Backend), FileAccess.Read);

        var watch = await OpenAsync(guest, ".watch/.all");

        await PutAsync("key");
        (await guest.ReadAsync(watch)).Text.Should().Contain("key");
        (await ListAsync(guest, ".watch")).Should().BeEmpty();
    }

    [Fact]
    public async Task Stat_Watch_IsAStreamThatDoesNotSeek()
    {
        var watch = await OpenAsync(Guest, ".watch/.all");

        (await Guest.StatusAsync(watch)).Size.Should().Be(0);
        (await Guest.SeekAsync(watch, 0, 0)).Error.Should().Be(Errno.SPipe);
    }

    private async Task<FileReadiness> PollAsync(uint watch)
    {
        Guest.Descriptors.TryGet(watch, out var descriptor).Should().BeTrue();
        return (await descriptor!.Handle!.PollAsync(FileReadiness.Read, default).AsTask().WaitAsync(Patience)).Value;
    }
}
