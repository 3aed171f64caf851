using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Quota;

/// <summary>What a guest sees of a quota, on every kind of store.</summary>
public abstract class QuotaTests : QuotaTestBase
{
    [Fact]
    public async Task Close_BeyondTheBytes_IsDQuotAndCommitsNothing()
    {
        var guest = NewGuest(bytes: 20);
        (await WriteAsync(guest, "a", 10)).Should().Be(Errno.Success);

        (await WriteAsync(guest, "b", 9)).Should().Be(Errno.DQuot);
        (await ContentAsync()).Should().Be("a:10");
        (await WriteAsync(guest, "b", 8)).Should().Be(Errno.Success);
        (await WriteAsync(guest, "c", 0)).Should().Be(Errno.DQuot);
        (await ContentAsync()).Should().Be("a:10 b:8");
    }

    [Fact]
    public async Task Close_BytesOfKeys_AreThoseOfUtf8()
    {
        var guest = NewGuest(bytes: 6);

        (await WriteAsync(guest, "äöüß", 0)).Should().Be(Errno.DQuot);
        (await WriteAsync(guest, "äöü", 0)).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Close_BeyondTheKeys_IsDQuot()
    {
        var guest = NewGuest(keys: 2);
        (await WriteAsync(guest, "a", 1)).Should().Be(Errno.Success);
        (await WriteAsync(guest, "b", 1)).Should().Be(Errno.Success);

        (await WriteAsync(guest, "c", 1)).Should().Be(Errno.DQuot);

        (await WriteAsync(guest, "a", 1000)).Should().Be(Errno.Success);
        (await ContentAsync()).Should().Be("a:1000 b:1");
    }

    [Fact]
    public async Task Close_NoQuotaAtAll_TakesNothing()
    {
        var guest = NewGuest(bytes: 0);

        (await WriteAsync(guest, "a", 0)).Should().Be(Errno.DQuot);
        (await guest.MakeDirectoryAsync("extra/d")).Should().Be(Errno.DQuot);
    }

    [Fact]
    public async Task Sync_BeyondTheQuota_CanBeTriedAgainWhenThereIsRoom()
    {
        var guest = NewGuest(bytes: 20);
        await WriteAsync(guest, "a", 15);
        var file = await OpenAsync(guest, "b");
        await guest.WriteAsync(file, "0123456789");

        (await guest.CallAsync("fd_sync", file)).Should().Be(Errno.DQuot);
        (await guest.UnlinkAsync("extra/a")).Should().Be(Errno.Success);

        (await guest.CallAsync("fd_sync", file)).Should().Be(Errno.Success);
        (await guest.CloseAsync(file)).Should().Be(Errno.Success);
        (await ContentAsync()).Should().Be("b:10");
    }

    [Theory]
    [InlineData(9, Errno.Success)]
    [InlineData(10, Errno.Success)]
    [InlineData(11, Errno.DQuot)]
    public async Task Overwrite_WhenFull_MayNotGrow(int length, Errno expected)
    {
        var guest = NewGuest(bytes: 22);
        await WriteAsync(guest, "a", 10);
        await WriteAsync(guest, "b", 10);

        for (var time = 0; time < 5; time++) (await WriteAsync(guest, "b", length)).Should().Be(expected);

        (await ContentAsync()).Should().Be(expected == Errno.Success ? $"a:10 b:{length}" : "a:10 b:10");
    }

    [Fact]
    public async Task Unlink_WhenFull_MakesRoomAtOnce()
    {
        var guest = NewGuest(bytes: 22, keys: 2);
        await WriteAsync(guest, "a", 10);
        await WriteAsync(guest, "b", 10);

        for (var time = 0; time < 5; time++)
        {
            (await WriteAsync(guest, "c", 10)).Should().Be(Errno.DQuot);
            (await guest.UnlinkAsync("extra/a")).Should().Be(Errno.Success);
            (await WriteAsync(guest, "a", 10)).Should().Be(Errno.Success);
        }

        (await ContentAsync()).Should().Be("a:10 b:10");
    }

    [Fact]
    public async Task Scope_ThatHasTooMuchAlready_CanOnlyShrink()
    {
        await PutAsync("a", 50);
        await PutAsync("b", 50);
        await PutAsync("d/e", 1);
        var guest = NewGuest(bytes: 30, keys: 1);

        (await WriteAsync(guest, "c", 0)).Should().Be(Errno.DQuot);
        (await WriteAsync(guest, "a", 51)).Should().Be(Errno.DQuot);
        (await WriteAsync(guest, "a", 50)).Should().Be(Errno.Success);
        (await WriteAsync(guest, "a", 40)).Should().Be(Errno.Success);
        (await WriteTextAsync(guest, ".meta/a", """{"ttl":1000}""")).Should().Be(Errno.Success);
        (await guest.RenameAsync("extra/d", "extra/f")).Should().Be(Errno.Success);
        (await guest.UnlinkAsync("extra/b")).Should().Be(Errno.Success);
        (await guest.UnlinkAsync("extra/f/e")).Should().Be(Errno.Success);
        (await ContentAsync()).Should().Be("a:40");
        (await WriteAsync(guest, "a", 29)).Should().Be(Errno.Success);
        (await WriteAsync(guest, "a", 30)).Should().Be(Errno.DQuot);
    }

    [Fact]
    public async Task Append_BeyondTheQuota_AppendsNothing()
    {
        var guest = NewGuest(bytes: 16);
        await WriteAsync(guest, "log", 10);

        (await AppendAsync("0123")).Should().Be(Errno.DQuot);
        (await AppendAsync("012")).Should().Be(Errno.Success);
        (await AppendAsync("0")).Should().Be(Errno.DQuot);

        (await ContentAsync()).Should().Be("log:13");

        async Task<Errno> AppendAsync(string text)
        {
            var file = await OpenAsync(guest, "log", 0, flags: DescriptorFlags.Append);
            (await guest.WriteAsync(file, text)).Error.Should().Be(Errno.Success);
            return await guest.CloseAsync(file);
        }
    }

    [Fact]
    public async Task Rename_WhenFull_NeedsRoomForALongerName()
    {
        var guest = NewGuest(bytes: 22);
        await WriteAsync(guest, "a", 10);
        await WriteAsync(guest, "b", 10);

        (await guest.RenameAsync("extra/a", "extra/aa")).Should().Be(Errno.DQuot);
        (await guest.RenameAsync("extra/a", "extra/c")).Should().Be(Errno.Success);
        (await ContentAsync()).Should().Be("b:10 c:10");
        (await guest.RenameAsync("extra/c", "extra/b")).Should().Be(Errno.Success);

        (await WriteAsync(guest, "d", 10)).Should().Be(Errno.Success);
        (await ContentAsync()).Should().Be("b:10 d:10");
    }

    [Fact]
    public async Task Rename_OfADirectory_MovesAllOrNothing()
    {
        var guest = NewGuest(bytes: 52);
        for (var index = 0; index < 4; index++) await WriteAsync(guest, $"d/{index}", 10);

        (await guest.RenameAsync("extra/d", "extra/dd")).Should().Be(Errno.DQuot);
        (await guest.RenameAsync("extra/d", "extra/e")).Should().Be(Errno.Success);

        (await ContentAsync()).Should().Be("e/0:10 e/1:10 e/2:10 e/3:10");
    }

    [Fact]
    public async Task MakeDirectory_OverAndOver_EndsAtTheKeys()
    {
        var guest = NewGuest(keys: 50);

        for (var index = 0; index < 50; index++) (await guest.MakeDirectoryAsync($"extra/d{index}")).Should().Be(Errno.Success);
        for (var index = 50; index < 100; index++) (await guest.MakeDirectoryAsync($"extra/d{index}")).Should().Be(Errno.DQuot);

        (await guest.MakeDirectoryAsync("extra/d7")).Should().Be(Errno.Exist);
        (await guest.RemoveDirectoryAsync("extra/d7")).Should().Be(Errno.Success);
        (await guest.MakeDirectoryAsync("extra/d7")).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Locks_WhenFull_AreTakenAndDoNotCount()
    {
        var guest = NewGuest(keys: 3);
        await WriteAsync(guest, "a", 1);
        for (var index = 0; index < 200; index++) await guest.CloseAsync(await OpenAsync(guest, $".lock/{index}", 0, Rights.FdRead));
        var held = new List<uint>();
        for (var index = 0; index < 40; index++) held.Add(await OpenAsync(guest, $".lock/held{index}", 0, Rights.FdRead));

        // The keys are counted while the entries of the locks are there.
        Clock.Advance(TimeSpan.FromSeconds(11));
        (await WriteAsync(guest, "b", 1)).Should().Be(Errno.Success);
        (await WriteAsync(guest, "c", 1)).Should().Be(Errno.Success);
        (await WriteAsync(guest, "d", 1)).Should().Be(Errno.DQuot);
        await guest.CloseAsync(await OpenAsync(guest, ".lock/full", 0, Rights.FdRead));

        foreach (var file in held) (await guest.CloseAsync(file)).Should().Be(Errno.Success);
        (await WriteAsync(guest, "d", 1)).Should().Be(Errno.DQuot);
        (await ContentAsync()).Should().Be("a:1 b:1 c:1");
    }

    [Fact]
    public async Task Transaction_BeyondTheQuota_IsDQuotAndNothingHappens()
    {
        var guest = NewGuest(bytes: 22);
        await WriteAsync(guest, "a", 10);
        await guest.MakeDirectoryAsync("extra/.tx/t");
        (await WriteAsync(guest, ".tx/t/b", 6)).Should().Be(Errno.Success);
        (await WriteAsync(guest, ".tx/t/c", 6)).Should().Be(Errno.Success);

        (await guest.RenameAsync("extra/.tx/t", "extra/.tx/commit")).Should().Be(Errno.DQuot);

        (await ContentAsync()).Should().Be("a:10");
        (await guest.RemoveDirectoryAsync("extra/.tx/t")).Should().Be(Errno.NoEnt);
    }

    [Fact]
    public async Task Transaction_ThatReplacesWhatItRemoves_FitsWhenFull()
    {
        var guest = NewGuest(bytes: 22, keys: 2);
        await WriteAsync(guest, "a", 10);
        await WriteAsync(guest, "b", 10);
        await guest.MakeDirectoryAsync("extra/.tx/t");
        (await guest.UnlinkAsync("extra/.tx/t/a")).Should().Be(Errno.Success);
        (await WriteAsync(guest, ".tx/t/c", 15)).Should().Be(Errno.Success);
        (await WriteAsync(guest, ".tx/t/b", 5)).Should().Be(Errno.Success);

        (await guest.RenameAsync("extra/.tx/t", "extra/.tx/commit")).Should().Be(Errno.Success);

        (await ContentAsync()).Should().Be("b:5 c:15");
    }

    [Fact]
    public async Task Transaction_OfManyKeys_IsCountedAsAWhole()
    {
        var guest = NewGuest(keys: 200);
        for (var index = 0; index < 150; index++) await WriteAsync(guest, $"k{index}", 1);
        await guest.MakeDirectoryAsync("extra/.tx/t");
        for (var index = 0; index < 150; index++) await WriteAsync(guest, $".tx/t/k{index + 50}", 2);

        (await guest.RenameAsync("extra/.tx/t", "extra/.tx/commit")).Should().Be(Errno.Success);

        (await UsageAsync()).Keys.Should().Be(200);
        (await WriteAsync(guest, "one more", 1)).Should().Be(Errno.DQuot);
    }

    [Fact]
    public async Task ExclusiveCreation_ThatComesSecondWhenFull_IsExist()
    {
        var mount = NewMount(bytes: 12);
        var (guest, other) = (NewGuest(mount), NewGuest(mount));
        var file = await OpenAsync(guest, "a", OpenFlags.Create | OpenFlags.Exclusive);
        await guest.WriteAsync(file, "0123456789");
        await WriteAsync(other, "a", 11);

        (await guest.CloseAsync(file)).Should().Be(Errno.Exist);
    }

    [Fact]
    public async Task CompareAndSwap_ThatComesSecondWhenFull_IsStale()
    {
        var mount = NewMount(bytes: 12);
        var (guest, other) = (NewGuest(mount), NewGuest(mount));
        await WriteAsync(other, "a", 10);
        var file = await OpenAsync(guest, "a", 0, Rights.FdRead | Rights.FdWrite);
        await guest.WriteAsync(file, "0123456789012345");
        await WriteAsync(other, "a", 11);

        (await guest.CloseAsync(file)).Should().Be(Errno.Stale);
    }

    [Fact]
    public async Task Expiry_MakesRoom()
    {
        var guest = NewGuest(bytes: 12);
        await WriteAsync(guest, "a", 10);
        (await WriteTextAsync(guest, ".meta/a", """{"ttl":60}""")).Should().Be(Errno.Success);
        (await WriteAsync(guest, "b", 10)).Should().Be(Errno.DQuot);

        Clock.Advance(TimeSpan.FromSeconds(61));

        (await WriteAsync(guest, "b", 10)).Should().Be(Errno.Success);
        (await ContentAsync()).Should().Be("b:10");
    }

    [Fact]
    public async Task Keys_OfOthers_AreNoticed()
    {
        var guest = NewGuest(keys: 10);
        await WriteAsync(guest, "a", 1);
        for (var index = 0; index < 9; index++) await PutAsync($"other{index}", 1);
        Clock.Advance(TimeSpan.FromSeconds(10));

        (await WriteAsync(guest, "b", 1)).Should().Be(Errno.DQuot);

        await DeleteAsync("other3");
        (await WriteAsync(guest, "b", 1)).Should().Be(Errno.Success);
        (await WriteAsync(guest, "c", 1)).Should().Be(Errno.DQuot);
    }

    [Fact]
    public async Task Tenants_HaveAQuotaEach()
    {
        var services = new ServiceCollection();
        var name = "one";
        services.AddSingleton<TimeProvider>(Clock);
        services.AddWasiCloud()
            .AddKeyValue(kv => kv.Scope("local").UseBackend(_ => Store).WithOptions(options => options with { MaxStoredBytes = 15 }).WithNamespace(_ => name));
        await using var provider = services.BuildServiceProvider();
        var mount = provider.GetServices<MountRegistration>().Single(registration => registration.GuestPath.EndsWith("/local", StringComparison.Ordinal))
            .Create(provider);
        var one = NewGuest(mount);
        (await WriteAsync(one, "a", 10)).Should().Be(Errno.Success);
        name = "two";
        var two = NewGuest(mount);

        (await WriteAsync(two, "a", 10)).Should().Be(Errno.Success);
        (await WriteAsync(two, "b", 1)).Should().Be(Errno.DQuot);
        (await WriteAsync(one, "b", 1)).Should().Be(Errno.DQuot);
        (await two.UnlinkAsync("extra/a")).Should().Be(Errno.Success);

        (await WriteAsync(one, "b", 1)).Should().Be(Errno.DQuot);
        (await WriteAsync(two, "b", 1)).Should().Be(Errno.Success);
        (await ContentAsync()).Should().Be("one/a:10 two/b:1");
    }

    [Fact]
    public async Task Guests_ThatWriteAtOnce_GetExactlyWhatFits()
    {
        const int Fitting = 17;
        var mount = NewMount(keys: Fitting);
        var guests = Enumerable.Range(0, 40).Select(_ => NewGuest(mount)).ToList();

        var errors = await Task.WhenAll(guests.Select((guest, index) => Task.Run(() => WriteAsync(guest, $"k{index}", 10))));

        errors.Count(error => error == Errno.Success).Should().Be(Fitting);
        errors.Count(error => error == Errno.DQuot).Should().Be(guests.Count - Fitting);
        (await UsageAsync()).Keys.Should().Be(Fitting);
    }

    [Fact]
    public async Task Guests_ThatWriteAndRemoveAtOnce_LeaveACountThatIsRight()
    {
        const int Bytes = 400;
        var mount = NewMount(bytes: Bytes);
        var guests = Enumerable.Range(0, 4).Select(_ => NewGuest(mount)).ToList();

        await Task.WhenAll(guests.Select((guest, index) => Task.Run(() => RaveAsync(guest, new Random(index)))));

        (await UsageAsync()).Bytes.Should().BeLessThanOrEqualTo(Bytes);
        foreach (var entry in (await ContentAsync()).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            (await guests[0].UnlinkAsync("extra/" + entry.Split(':')[0])).Should().Be(Errno.Success);
        (await WriteAsync(guests[0], "x", Bytes)).Should().Be(Errno.DQuot);
        (await WriteAsync(guests[0], "x", Bytes - 1)).Should().Be(Errno.Success);

        static async Task RaveAsync(AbiGuest guest, Random random)
        {
            for (var step = 0; step < 150; step++)
            {
                var (name, other) = ($"k{random.Next(12)}", $"k{random.Next(12)}");
                var error = random.Next(4) switch
                {
                    0 => await guest.UnlinkAsync("extra/" + name),
                    1 => await guest.RenameAsync("extra/" + name, "extra/" + other),
                    _ => await WriteAsync(guest, name, random.Next(80)),
                };
                error.Should().BeOneOf(Errno.Success, Errno.NoEnt, Errno.DQuot, Errno.Busy);
            }
        }
    }
}
