using System.Globalization;
using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Files;
using WasiCloud.Embedding.KeyValue.Locks;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Files.Control;

/// <summary><c>.lock/&lt;name&gt;</c>.</summary>
public sealed class LockTests : ControlTestBase
{
    private static readonly TimeSpan Sixth = LeaseLocks.DefaultLease / 6;

    [Theory]
    [InlineData(OpenFlags.None, Rights.FdRead)]
    [InlineData(OpenFlags.Create | OpenFlags.Truncate, Rights.FdRead | Rights.FdWrite)]
    public async Task Open_Held_WaitsForTheClose(object flags, object rights)
    {
        var first = await OpenAsync(Guest, ".lock/a/name", (OpenFlags)flags, (Rights)rights);
        var waiting = OpenAsync(Other, ".lock/a/name", (OpenFlags)flags, (Rights)rights);
        waiting.IsCompleted.Should().BeFalse();
        var token = (await Guest.ReadAsync(first)).Text;

        await Guest.CloseAsync(first);

        var second = await waiting;
        Number((await Other.ReadAsync(second)).Text).Should().BeGreaterThan(Number(token));
    }

    [Fact]
    public async Task Open_NonBlocking_IsAgainWhileItIsHeld()
    {
        var first = await OpenAsync(Guest, ".lock/name", flags: DescriptorFlags.NonBlocking);

        (await OpenErrorAsync(Other, ".lock/name", flags: DescriptorFlags.NonBlocking)).Should().Be(Errno.Again);
        (await OpenErrorAsync(Guest, ".lock/name", flags: DescriptorFlags.NonBlocking)).Should().Be(Errno.Again);
        await Guest.CloseAsync(first);

        (await OpenErrorAsync(Other, ".lock/name", flags: DescriptorFlags.NonBlocking)).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Open_HeldByTheGuestItself_IsDeadLk()
    {
        var first = await OpenAsync(Guest, ".lock/name");

        (await OpenErrorAsync(Guest, ".lock/name")).Should().Be(Errno.DeadLk);

        await Guest.CloseAsync(first);
        (await OpenErrorAsync(Guest, ".lock/name")).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Open_CancelledWhileItWaits_LeavesTheQueue()
    {
        var first = await OpenAsync(Guest, ".lock/name");
        using var kill = new CancellationTokenSource();
        Other.CancellationToken = kill.Token;
        var waiting = OpenAsync(Other, ".lock/name");

        await kill.CancelAsync();

        await FluentActions.Awaiting(() => waiting).Should().ThrowAsync<OperationCanceledException>();
        await Guest.CloseAsync(first);
        (await OpenErrorAsync(Guest, ".lock/name")).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Guest_Killed_ReleasesItsLocks()
    {
        await OpenAsync(Guest, ".lock/name");
        var waiting = OpenAsync(Other, ".lock/name");

        await Guest.Descriptors.CloseAllAsync(CloseReason.Abandoned, CancellationToken.None);

        await waiting;
    }

    [Fact]
    public async Task Open_MoreThanAllowed_IsNoLck()
    {
        var guest = NewGuest(NewMount(Backend, new() { MaxLocks = 1 }));
        var first = await OpenAsync(guest, ".lock/1");

        (await OpenErrorAsync(guest, ".lock/2")).Should().Be(Errno.NoLck);

        await guest.CloseAsync(first);
        (await OpenErrorAsync(guest, ".lock/2")).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Read_AfterTheLockWasLost_IsStale()
    {
        var held = await OpenAsync(Guest, ".lock/name");
        await DeleteAsync(".lock/name");
        for (var count = 0; count < 3; count++) Clock.Advance(Sixth);

        (await Guest.ReadAsync(held)).Error.Should().Be(Errno.Stale);
        var elsewhere = NewGuest(NewMount(Backend));
        var other = await OpenAsync(elsewhere, ".lock/name", flags: DescriptorFlags.NonBlocking);
        (await Guest.CloseAsync(held)).Should().Be(Errno.Success);
        (await GetAsync(".lock/name")).Should().NotBeNull();
        (await elsewhere.CloseAsync(other)).Should().Be(Errno.Success);
        (await GetAsync(".lock/name")).Should().BeNull();
    }

    [Fact]
    public async Task Tenants_OneName_DoNotDisturbEachOther()
    {
        await OpenAsync(NewTenant("t1/"), ".lock/name");

        (await OpenErrorAsync(NewTenant("t2/"), ".lock/name", flags: DescriptorFlags.NonBlocking)).Should().Be(Errno.Success);
        (await OpenErrorAsync(NewTenant("t1/"), ".lock/name", flags: DescriptorFlags.NonBlocking)).Should().Be(Errno.Again);
    }

    [Fact]
    public async Task Open_ReadOnlyScope_IsRoFs()
    {
        var guest = NewGuest(NewMount(Backend), FileAccess.Read);

        (await OpenErrorAsync(guest, ".lock/name")).Should().Be(Errno.RoFs);
        (await GetAsync(".lock/name")).Should().BeNull();
    }

    [Fact]
    public async Task Open_NameTooLongForAKey_IsNameTooLong()
    {
        var guest = NewGuest(NewMount(Backend, new() { MaxKeyBytes = 10 }));

        (await OpenErrorAsync(guest, ".lock/12345")).Should().Be(Errno.NameTooLong);
        (await OpenErrorAsync(guest, ".lock/1234")).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Stat_Lock_DoesNotTakeIt()
    {
        (await Guest.StatusAsync("extra/.lock/name")).Error.Should().Be(Errno.Success);
        (await Guest.UnlinkAsync("extra/.lock/name")).Should().Be(Errno.Perm);
        (await ListAsync(Guest, ".lock")).Should().BeEmpty();

        (await GetAsync(".lock/name")).Should().BeNull();
    }

    [Fact]
    public async Task Scope_WhileALockIsHeld_DoesNotShowIt()
    {
        await OpenAsync(Guest, ".lock/name");

        (await ListAsync(Other, ".")).Should().BeEmpty();
        (await OpenErrorAsync(Other, ".lock/../.lock", OpenFlags.Directory)).Should().Be(Errno.Success);
        (await Other.UnlinkAsync("extra/.lock/name")).Should().Be(Errno.Perm);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private protected override KeyValueMount NewMount(IKeyValueBackend backend, KeyValueMountOptions? options = null) => new(backend, options, Clock);
}
