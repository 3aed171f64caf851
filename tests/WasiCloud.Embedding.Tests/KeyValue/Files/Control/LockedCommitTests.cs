using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Files;
using WasiCloud.Embedding.KeyValue.Locks;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Files.Control;

/// <summary>What a guest commits while it holds locks: only if it still holds them when the store applies it.</summary>
public sealed class LockedCommitTests : ControlTestBase
{
    private const string Late = "late";

    private static readonly TimeSpan Sixth = LeaseLocks.DefaultLease / 6;

    [Theory]
    [InlineData("write")]
    [InlineData("append")]
    [InlineData("unlink")]
    [InlineData("rename")]
    [InlineData("mkdir")]
    [InlineData("transaction")]
    [InlineData("ttl")]
    public async Task Commit_AnotherTookTheLockMeanwhile_IsStaleAndDoesNothing(string operation)
    {
        await PutAsync("key", "old");
        var (store, guest) = NewLate();
        await OpenAsync(guest, ".lock/other");
        await OpenAsync(guest, ".lock/name");
        if (operation == "transaction") await BeginAsync(guest);
        store.Hold();
        var commit = CommitAsync(guest, operation);
        await store.WaitAsync();

        // Whoever has it now: a process of this machine that knows that the guest's is gone, or any after the lease.
        await DeleteAsync(".lock/name");
        await PutAsync(".lock/name", "another's");
        await store.LetGoAsync();

        (await commit).Should().Be(Errno.Stale);
        (await GetAsync("key")).Should().Be("old");
        (await GetAsync("new")).Should().BeNull();
        (await GetAsync("new/")).Should().BeNull();
    }

    [Fact]
    public async Task Commit_LockWasRenewedMeanwhile_IsDone()
    {
        var (store, guest) = NewLate();
        await OpenAsync(guest, ".lock/name");
        store.Hold();
        var commit = CommitAsync(guest, "write");
        await store.WaitAsync();

        for (var count = 0; count < 3; count++) Clock.Advance(Sixth);
        await store.LetGoAsync();

        (await commit).Should().Be(Errno.Success);
        (await GetAsync("key")).Should().Be(Late);
    }

    [Fact]
    public async Task Lock_GivenBackAfterACommitOfUnknownOutcome_ExcludesThatCommitForTheNextOfThisProcess()
    {
        await PutAsync("key", "old");
        var store = new LateStore(Backend);
        var mount = NewMount(store);
        var (guest, next) = (NewGuest(mount), NewGuest(mount));
        var held = await OpenAsync(guest, ".lock/name");
        var waiting = OpenAsync(next, ".lock/name");
        store.Hold(fails: true);
        (await CommitAsync(guest, "write")).Should().Be(Errno.IO);

        (await guest.CloseAsync(held)).Should().Be(Errno.Success);

        // Those who did not wait come first in the store for a moment.
        for (; !waiting.IsCompleted; Clock.Advance(Sixth / 10)) await Task.Yield();
        await waiting;
        await store.LetGoAsync();
        (await GetAsync("key")).Should().Be("old");
        (await CommitAsync(next, "write")).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Commit_OneOfSeveralLocksIsLost_IsStaleUntilThatIsClosed()
    {
        await OpenAsync(Guest, ".lock/kept");
        var lost = await OpenAsync(Guest, ".lock/lost");
        await DeleteAsync(".lock/lost");

        (await CommitAsync(Guest, "write")).Should().Be(Errno.Stale);

        (await Guest.ReadAsync(lost)).Error.Should().Be(Errno.Stale, "and the lock's descriptor says so at once");
        (await Guest.CloseAsync(lost)).Should().Be(Errno.Success);
        (await CommitAsync(Guest, "write")).Should().Be(Errno.Success);
        (await CommitAsync(Other, "write")).Should().Be(Errno.Success, "others are not concerned");
    }

    [Fact]
    public async Task Commit_OfALockHolder_HasTheErrorsOfItsOwn()
    {
        await OpenAsync(Guest, ".lock/name");
        var file = await OpenAsync(Guest, "key", OpenFlags.Create | OpenFlags.Exclusive, Rights.FdWrite);
        await PutAsync("key", "old");

        (await Guest.CloseAsync(file)).Should().Be(Errno.Exist);
        (await Guest.MakeDirectoryAsync("extra/key")).Should().Be(Errno.Exist);
        (await Guest.UnlinkAsync("extra/missing")).Should().Be(Errno.NoEnt);
    }

    private (LateStore Store, AbiGuest Guest) NewLate()
    {
        var store = new LateStore(Backend);
        return (store, NewGuest(NewMount(store)));
    }

    private static async Task BeginAsync(AbiGuest guest)
    {
        (await guest.MakeDirectoryAsync("extra/.tx/1")).Should().Be(Errno.Success);
        (await WriteAsync(guest, ".tx/1/key", Late)).Should().Be(Errno.Success);
    }

    private static async Task<Errno> CommitAsync(AbiGuest guest, string operation) => operation switch
    {
        "write" => await WriteAsync(guest, "key", Late),
        "append" => await AppendAsync(guest),
        "unlink" => await guest.UnlinkAsync("extra/key"),
        "rename" => await guest.RenameAsync("extra/key", "extra/new"),
        "mkdir" => await guest.MakeDirectoryAsync("extra/new"),
        "ttl" => await WriteAsync(guest, ".meta/key", """{"ttl":60}"""),
        _ => await guest.RenameAsync("extra/.tx/1", "extra/.tx/commit"),
    };

    private static async Task<Errno> AppendAsync(AbiGuest guest)
    {
        var file = await OpenAsync(guest, "key", rights: Rights.FdWrite, flags: DescriptorFlags.Append);
        (await guest.WriteAsync(file, Late)).Error.Should().Be(Errno.Success);
        return await guest.CloseAsync(file);
    }

    private protected override KeyValueMount NewMount(IKeyValueBackend backend, KeyValueMountOptions? options = null) => new(backend, options, Clock);
}
