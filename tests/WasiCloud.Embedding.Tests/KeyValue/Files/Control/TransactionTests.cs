using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Files.Control;

/// <summary><c>.tx/&lt;id&gt;</c>.</summary>
public sealed class TransactionTests : ControlTestBase
{
    [Fact]
    public async Task Commit_Writes_HappenAtOnce()
    {
        await PutAsync("a", "1");
        await PutAsync("old", "1");
        await BeginAsync(Guest, "t");
        await WriteAsync(Guest, ".tx/t/a", "2");
        await WriteAsync(Guest, ".tx/t/dir/b", "3");
        (await Guest.UnlinkAsync("extra/.tx/t/old")).Should().Be(Errno.Success);
        (await GetAsync("a")).Should().Be("1");
        (await OpenErrorAsync(Guest, "dir/b")).Should().Be(Errno.NoEnt);
        var before = (await Backend.CommitAsync(new(), default)).Revision;

        (await CommitAsync(Guest, "t")).Should().Be(Errno.Success);

        (await GetAsync("a"), await GetAsync("dir/b"), await GetAsync("old")).Should().Be(("2", "3", null));
        (await Backend.CommitAsync(new(), default)).Revision.Should().Be(before + 1);
        (await OpenErrorAsync(Guest, ".tx/t/a")).Should().Be(Errno.NoEnt);
    }

    [Fact]
    public async Task Inside_ReadsItsOwnWrites()
    {
        await PutAsync("a", "1");
        await PutAsync("c", "1");
        await PutAsync("gone", "1");
        await BeginAsync(Guest, "t");
        await WriteAsync(Guest, ".tx/t/a", "2");
        await WriteAsync(Guest, ".tx/t/b", "2");
        await Guest.UnlinkAsync("extra/.tx/t/gone");
        await Guest.MakeDirectoryAsync("extra/.tx/t/z");
        await Guest.RenameAsync("extra/.tx/t/c", "extra/.tx/t/d");

        (await ReadAsync(Guest, ".tx/t/a")).Should().Be("2");
        (await ReadAsync(Guest, ".tx/t/d")).Should().Be("1");
        (await ListAsync(Guest, ".tx/t")).Should().Equal("a", "b", "d", "z");
        (await OpenErrorAsync(Guest, ".tx/t/gone")).Should().Be(Errno.NoEnt);
        (await ListAsync(Other, ".")).Should().Equal("a", "c", "gone");
    }

    [Fact]
    public async Task List_ManyKeysAndWrites_IsInOrderAndComplete()
    {
        for (var index = 0; index < 600; index += 2) await PutAsync($"k{index:000}");
        await BeginAsync(Guest, "t");
        for (var index = 1; index < 600; index += 60) await WriteAsync(Guest, $".tx/t/k{index:000}", "x");

        var names = await ListAsync(Guest, ".tx/t");

        names.Should().HaveCount(310).And.BeInAscendingOrder(StringComparer.Ordinal);
    }

    [Fact]
    public async Task Commit_ReadKeyChangedMeanwhile_IsStaleAndNothingHappens()
    {
        await PutAsync("a", "1");
        await BeginAsync(Guest, "t");
        await ReadAsync(Guest, ".tx/t/a");
        await WriteAsync(Guest, ".tx/t/b", "2");
        await PutAsync("a", "3");

        (await CommitAsync(Guest, "t")).Should().Be(Errno.Stale);

        (await GetAsync("b")).Should().BeNull();
        (await CommitAsync(Guest, "t")).Should().Be(Errno.NoEnt);
    }

    [Fact]
    public async Task Commit_AbsentKeyCreatedMeanwhile_IsStale()
    {
        await BeginAsync(Guest, "t");
        (await OpenErrorAsync(Guest, ".tx/t/a")).Should().Be(Errno.NoEnt);
        await WriteAsync(Guest, ".tx/t/b", "2");
        await PutAsync("a");

        (await CommitAsync(Guest, "t")).Should().Be(Errno.Stale);
    }

    [Fact]
    public async Task Commit_ListedDirectoryChangedMeanwhile_IsStale()
    {
        await PutAsync("dir/a");
        await BeginAsync(Guest, "t");
        await ListAsync(Guest, ".tx/t/dir");
        await WriteAsync(Guest, ".tx/t/count", "1");
        await PutAsync("dir/b");

        (await CommitAsync(Guest, "t")).Should().Be(Errno.Stale);
        (await GetAsync("count")).Should().BeNull();
    }

    [Fact]
    public async Task Commit_OtherKeysChangedMeanwhile_Succeeds()
    {
        await PutAsync("a", "1");
        await PutAsync("dir/1", "1");
        await BeginAsync(Guest, "t");
        await ReadAsync(Guest, ".tx/t/a");
        await ListAsync(Guest, ".tx/t/dir");
        await WriteAsync(Guest, ".tx/t/a", "2");
        await PutAsync("other", "1");
        await PutAsync("dirt", "1");

        (await CommitAsync(Guest, "t")).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Inside_KeyChangedSinceTheStartButNothingRead_SeesTheNewOne()
    {
        await PutAsync("a", "1");
        await BeginAsync(Guest, "t");
        await PutAsync("a", "2");

        (await ReadAsync(Guest, ".tx/t/a")).Should().Be("2");
        await WriteAsync(Guest, ".tx/t/b", "1");
        (await CommitAsync(Guest, "t")).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Inside_NoConsistentStateLeft_IsStaleFromThenOn()
    {
        await PutAsync("a", "1");
        await PutAsync("b", "1");
        await BeginAsync(Guest, "t");
        await ReadAsync(Guest, ".tx/t/a");
        await Backend.CommitAsync(new(KeyValueOperation.Put("a", default), KeyValueOperation.Put("b", default)), default);

        (await OpenErrorAsync(Guest, ".tx/t/b")).Should().Be(Errno.Stale);
        (await OpenErrorAsync(Guest, ".tx/t/c")).Should().Be(Errno.Stale);
        var (_, directory) = await Guest.TryOpenAsync("extra/.tx/t", OpenFlags.Directory);
        var (buffer, used) = (Guest.Memory.Allocate(64), Guest.Memory.Allocate(4));
        (await Guest.CallAsync("fd_readdir", directory, buffer, 64, 2, used)).Should().Be(Errno.Stale);
        (await CommitAsync(Guest, "t")).Should().Be(Errno.Stale);
        Guest.Diagnostics.Entries.Should().BeEmpty();
    }

    [Fact]
    public async Task Commit_OnlyRead_IsSerializedWhereItsSnapshotIs()
    {
        await PutAsync("a", "1");
        await BeginAsync(Guest, "t");
        await ReadAsync(Guest, ".tx/t/a");
        await PutAsync("a", "2");

        (await CommitAsync(Guest, "t")).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task WriteSkew_OfTwoGuests_IsRefusedToTheSecond()
    {
        await PutAsync("a", "1");
        await PutAsync("b", "1");
        await BeginAsync(Guest, "t");
        await BeginAsync(Other, "t");
        await ReadAsync(Guest, ".tx/t/a");
        await ReadAsync(Guest, ".tx/t/b");
        await ReadAsync(Other, ".tx/t/a");
        await ReadAsync(Other, ".tx/t/b");
        await WriteAsync(Guest, ".tx/t/a", "0");
        await WriteAsync(Other, ".tx/t/b", "0");

        (await CommitAsync(Guest, "t")).Should().Be(Errno.Success);
        (await CommitAsync(Other, "t")).Should().Be(Errno.Stale);

        (await GetAsync("a"), await GetAsync("b")).Should().Be(("0", "1"));
    }

    [Fact]
    public async Task Counter_OfManyTransactions_CountsAllThatCommitted()
    {
        await PutAsync("count", "0");
        var committed = 0;
        await Task.WhenAll(new[] { Guest, Other }.Select((guest, number) => Task.Run(async () =>
        {
            for (var attempt = 0; attempt < 50; attempt++)
            {
                var id = $"{number}-{attempt}";
                await BeginAsync(guest, id);
                var file = await guest.TryOpenAsync($"extra/.tx/{id}/count");
                if (file.Error == Errno.Success)
                {
                    var next = int.Parse((await guest.ReadAsync(file.Number)).Text, System.Globalization.CultureInfo.InvariantCulture) + 1;
                    await guest.CloseAsync(file.Number);
                    file = await guest.TryOpenAsync($"extra/.tx/{id}/count", OpenFlags.Truncate, Rights.FdWrite);
                    if (file.Error == Errno.Success) await guest.WriteAsync(file.Number, next.ToString(System.Globalization.CultureInfo.InvariantCulture));
                    if (file.Error == Errno.Success) await guest.CloseAsync(file.Number);
                }

                if (file.Error == Errno.Success && await CommitAsync(guest, id) == Errno.Success) Interlocked.Increment(ref committed);
                else await guest.RemoveDirectoryAsync($"extra/.tx/{id}");
            }
        })));

        (await GetAsync("count")).Should().Be(committed.ToString(System.Globalization.CultureInfo.InvariantCulture));
        committed.Should().BeGreaterThan(0);
    }

    [Fact]
    public async Task RollBack_NotEmpty_ForgetsEverything()
    {
        await BeginAsync(Guest, "t");
        await WriteAsync(Guest, ".tx/t/a", "1");
        var open = await OpenAsync(Guest, ".tx/t/b", OpenFlags.Create, Rights.FdWrite);
        var directory = (await Guest.TryOpenAsync("extra/.tx/t", OpenFlags.Directory)).Number;

        (await Guest.RemoveDirectoryAsync("extra/.tx/t")).Should().Be(Errno.Success);

        (await ListAsync(Guest, ".tx")).Should().BeEmpty();
        (await Guest.WriteAsync(open, "1")).Error.Should().Be(Errno.Success);
        (await Guest.CloseAsync(open)).Should().Be(Errno.Success);
        (await Guest.TryOpenAsync("a", directory: directory)).Error.Should().Be(Errno.Stale);
        (await GetAsync("a")).Should().BeNull();
        (await Guest.RemoveDirectoryAsync("extra/.tx/t")).Should().Be(Errno.NoEnt);
    }

    [Fact]
    public async Task Commit_FileOpenForWriting_IsBusyAndNothingHappens()
    {
        await BeginAsync(Guest, "t");
        var open = await OpenAsync(Guest, ".tx/t/a", OpenFlags.Create, Rights.FdWrite);

        (await CommitAsync(Guest, "t")).Should().Be(Errno.Busy);

        await Guest.CloseAsync(open);
        (await CommitAsync(Guest, "t")).Should().Be(Errno.Success);
        (await GetAsync("a")).Should().BeEmpty();
    }

    [Fact]
    public async Task Ids_BelongToTheGuest()
    {
        await BeginAsync(Guest, "t");

        (await Guest.MakeDirectoryAsync("extra/.tx/t")).Should().Be(Errno.Exist);
        (await Other.MakeDirectoryAsync("extra/.tx/t")).Should().Be(Errno.Success);
        await BeginAsync(Guest, "u");
        (await ListAsync(Guest, ".tx")).Should().BeEquivalentTo("t", "u");
        (await ListAsync(Other, ".tx")).Should().Equal("t");
        (await ListAsync(Guest, ".")).Should().BeEmpty();
    }

    [Theory]
    [InlineData(".tx")]
    [InlineData(".meta/a")]
    [InlineData(".lock/a")]
    [InlineData(".watch/.all")]
    public async Task Inside_ControlNames_DoNotExist(string name)
    {
        await PutAsync("a");
        await BeginAsync(Guest, "t");

        (await OpenErrorAsync(Guest, ".tx/t/" + name)).Should().Be(Errno.NoEnt);
    }

    [Fact]
    public async Task Names_UsedOtherwise_AreRefused()
    {
        await PutAsync("a");
        await BeginAsync(Guest, "t");

        (await Guest.MakeDirectoryAsync("extra/.tx/commit")).Should().Be(Errno.Inval);
        (await Guest.RenameAsync("extra/.tx/none", "extra/.tx/commit")).Should().Be(Errno.NoEnt);
        (await Guest.RenameAsync("extra/.tx/t", "extra/.tx/u")).Should().Be(Errno.Inval);
        (await Guest.RenameAsync("extra/.tx/t", "extra/t")).Should().Be(Errno.Inval);
        (await Guest.RenameAsync("extra/.tx/t/a", "extra/b")).Should().Be(Errno.XDev);
        (await Guest.RenameAsync("extra/a", "extra/.tx/t/b")).Should().Be(Errno.XDev);
        (await Guest.UnlinkAsync("extra/.tx/t")).Should().Be(Errno.IsDir);
        (await OpenErrorAsync(Guest, ".tx/file", OpenFlags.Create, Rights.FdWrite)).Should().Be(Errno.Access);
    }

    [Fact]
    public async Task Begin_MoreThanAllowed_IsMFile()
    {
        var guest = NewGuest(NewMount(Backend, new() { MaxTransactions = 1 }));
        await BeginAsync(guest, "1");

        (await guest.MakeDirectoryAsync("extra/.tx/2")).Should().Be(Errno.MFile);
        await guest.RemoveDirectoryAsync("extra/.tx/1");
        (await guest.MakeDirectoryAsync("extra/.tx/2")).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Inside_MoreKeysThanAllowed_IsNoSpc()
    {
        var guest = NewGuest(NewMount(Backend, new() { MaxTransactionKeys = 6 }));
        await BeginAsync(guest, "t");
        var errors = new List<Errno>();
        for (var index = 0; index < 8; index++) errors.Add(await OpenErrorAsync(guest, $".tx/t/{index}"));

        errors.Should().Contain(Errno.NoEnt).And.EndWith(Errno.NoSpc);
        guest.Diagnostics.Entries.Should().BeEmpty();
    }

    [Fact]
    public async Task Inside_MoreBytesThanAllowed_IsNoMemUntilItEnds()
    {
        var guest = NewGuest(NewMount(Backend, new() { MaxOpenBytes = 10_000 }));
        await BeginAsync(guest, "t");
        (await WriteAsync(guest, ".tx/t/a", new string('x', 4000))).Should().Be(Errno.Success);

        (await WriteAsync(guest, ".tx/t/b", new string('x', 4000))).Should().Be(Errno.NoMem);

        await guest.RemoveDirectoryAsync("extra/.tx/t");
        (await WriteAsync(guest, "b", new string('x', 10_000))).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Inside_ManyEmptyValues_CountWhatTheirKeysTake()
    {
        var guest = NewGuest(NewMount(Backend, new() { MaxOpenBytes = 30_000 }));
        await BeginAsync(guest, "t");
        var (count, error) = (0, Errno.Success);
        for (; error == Errno.Success && count < 200; count++) error = await guest.MakeDirectoryAsync($"extra/.tx/t/{count:D200}");

        error.Should().Be(Errno.NoMem);
        count.Should().BeLessThan(30_000 / (2 * 200), "a key has so many bytes in memory");
        await guest.RemoveDirectoryAsync("extra/.tx/t");
        (await WriteAsync(guest, "b", new string('x', 30_000))).Should().Be(Errno.Success, "all was given back");
    }

    [Fact]
    public async Task Tenant_CommitsToItsOwnKeys()
    {
        var tenant = NewTenant("t1/");
        await PutAsync("t1/a", "1");
        await BeginAsync(tenant, "t");
        (await ListAsync(tenant, ".tx/t")).Should().Equal("a");
        await WriteAsync(tenant, ".tx/t/a", "2");
        await PutAsync("t2/a", "1");

        (await CommitAsync(tenant, "t")).Should().Be(Errno.Success);

        (await GetAsync("t1/a"), await GetAsync("t2/a")).Should().Be(("2", "1"));
    }

    [Fact]
    public async Task Begin_ReadOnlyScope_IsRoFs() =>
        (await NewGuest(NewMount(Backend), FileAccess.Read).MakeDirectoryAsync("extra/.tx/t")).Should().Be(Errno.RoFs);

    private static async Task BeginAsync(AbiGuest guest, string id) => (await guest.MakeDirectoryAsync("extra/.tx/" + id)).Should().Be(Errno.Success);

    private static Task<Errno> CommitAsync(AbiGuest guest, string id) => guest.RenameAsync("extra/.tx/" + id, "extra/.tx/commit");
}
