using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Locks;
using WasiCloud.Embedding.Testing.KeyValue;
using WasiCloud.Embedding.Tests.KeyValue.Files;
using Xunit;

namespace WasiCloud.Embedding.Sqlite.Tests;

/// <summary>A database that cannot grow refuses what needs more room, and does what frees some.</summary>
public sealed class SqliteFullTests : IDisposable
{
    private const int ValueBytes = 300;

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _clock = new();

    public void Dispose() => _folder.Delete();

    [Fact]
    public async Task Deletions_OfEverything_AreCommitted()
    {
        await using var backend = Open();
        var count = await FillAsync(backend);

        for (var index = 0; index < count; index++) await CommitAsync(backend, KeyValueOperation.Delete($"{index:D4}", KeyValueCondition.Present));

        (await CountAsync(backend)).Should().Be(0);
        await PutAsync(backend, "new", ValueBytes);
    }

    [Fact]
    public async Task ReplacementsAndRenames_ThatAreNoLonger_AreCommitted()
    {
        await using var backend = Open();
        var count = await FillAsync(backend);

        for (var index = 0; index < count; index++)
        {
            await PutAsync(backend, $"{index:D4}", ValueBytes - 100);
            await CommitAsync(backend, KeyValueOperation.Delete($"{index:D4}"), Put($"{index:D4}-renamed", ValueBytes - 110));
        }

        (await CountAsync(backend)).Should().Be(count);
    }

    [Fact]
    public async Task WhatNeedsRoom_IsRefusedAsFullAndChangesNothing()
    {
        await using var backend = Open();
        var count = await FillAsync(backend);
        var revision = (await backend.CommitAsync(new(), default)).Revision;

        await ExpectFullAsync(() => PutAsync(backend, "new", 1_000_000));
        await ExpectFullAsync(() => PutAsync(backend, "0000", 1_000_000));
        await ExpectFullAsync(() => CommitAsync(backend, [KeyValueOperation.Delete("0001"), Put("new", 1_000_000)]));

        (await backend.CommitAsync(new(), default)).Revision.Should().Be(revision);
        (await CountAsync(backend)).Should().Be(count);
    }

    [Fact]
    public async Task OneTransaction_OfPutsAndDeletes_JudgesEachByItself()
    {
        await using var backend = Open();
        var count = await FillAsync(backend);

        // All that come while the first is written share the next transaction.
        var puts = Enumerable.Range(0, count).Select(index => PutAsync(backend, $"new{index}", 300_000)).ToList();
        var deletes = Enumerable.Range(0, count).Select(index => CommitAsync(backend, KeyValueOperation.Delete($"{index:D4}", KeyValueCondition.Present)))
            .ToList();

        await Task.WhenAll(deletes);
        foreach (var put in puts) await ExpectFullAsync(() => put);
        (await CountAsync(backend)).Should().Be(0);
    }

    [Fact]
    public async Task Expiry_FreesRoom()
    {
        await using var backend = Open();
        await CommitAsync(backend, KeyValueOperation.Put("expires", new byte[ValueBytes], expires: _clock.GetUtcNow().AddMinutes(1)));
        var count = await FillAsync(backend);
        var watch = backend.WatchAsync(string.Empty, (await backend.CommitAsync(new(), default)).Revision, default).GetAsyncEnumerator();
        _clock.Advance(TimeSpan.FromMinutes(1));

        (await watch.MoveNextAsync()).Should().BeTrue();

        watch.Current.Should().BeEquivalentTo(new { Key = "expires", Kind = KeyValueChangeKind.Delete });
        await watch.DisposeAsync();
        (await CountAsync(backend)).Should().Be(count);
    }

    [Fact]
    public async Task Lock_IsReleased_AndANewOneIsRefusedAtOnce()
    {
        await using var backend = Open();
        var locks = new LeaseLocks(backend, timeProvider: _clock);
        var held = await locks.AcquireAsync("held", default);
        await FillAsync(backend, exactly: true);

        await ExpectFullAsync(async () =>
        {
            for (var name = 0; name < 1000; name++) await locks.AcquireAsync($"{name}", default);
        });
        await held.DisposeAsync();

        (await backend.GetAsync(".lock/held", 0, default)).Should().BeNull();
        await using var again = await locks.TryAcquireAsync("held", default);
        again.Should().NotBeNull("what was given back is there to be taken");
    }

    [Fact]
    public async Task Guest_GetsNoSpace_AndMayUnlink()
    {
        await using var backend = Open();
        await FillAsync(backend, exactly: true);
        var guest = await KeyValueGuest.AttachAsync(backend, new() { MaxLocks = 1000 });

        var write = () => guest.WriteAsync("new", new string('x', 100_000));
        (await write.Should().ThrowAsync<IOException>()).WithMessage("*NoSpc*");
        var take = async () =>
        {
            for (var name = 0; name < 1000; name++) (await guest.OpenAsync($".lock/{name}", FileAccess.Read)).Should().NotBeNull();
        };
        (await take.Should().ThrowAsync<IOException>()).WithMessage("*NoSpc*");

        // Another, because the locks of the first end by the store's clock, which is not the guests' here.
        var other = await KeyValueGuest.AttachAsync(backend);
        (await other.UnlinkAsync("0000")).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Reserve_IsGivenUpForADeletion_AndTakenAgainWhenThereIsRoom()
    {
        await using var backend = Open();
        var reserve = new FileInfo(_folder.DatabasePath + "-reserve");
        reserve.Length.Should().Be(4 << 20);
        var count = await FillAsync(backend, exactly: true);

        // Of each page of entries only a part, so that none becomes free.
        for (var index = 0; index < count && File.Exists(reserve.FullName); index += 4) await CommitAsync(backend, KeyValueOperation.Delete($"{index:D4}"));
        File.Exists(reserve.FullName).Should().BeFalse("a deletion needed a page for what is recorded of it");
        await PutTwiceAsync(backend);
        File.Exists(reserve.FullName).Should().BeFalse("the disk was full just before");

        _clock.Advance(TimeSpan.FromSeconds(1));
        await PutTwiceAsync(backend);
        File.Exists(reserve.FullName).Should().BeTrue();

        // What the writer does after a commit is done before the next one, not before the first one's answer.
        static async Task PutTwiceAsync(SqliteKeyValueBackend backend)
        {
            for (var size = 1; size <= 2; size++) await PutAsync(backend, "0001", size);
        }
    }

    [Fact]
    public async Task Reserve_Without_HoldsNothing()
    {
        await using var backend =
            new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath, Synchronous = SqliteSynchronous.Off, ReservedBytes = 0 }, _clock);
        File.Exists(_folder.DatabasePath + "-reserve").Should().BeFalse();
        var count = await FillAsync(backend);

        for (var index = 0; index < count; index++) await CommitAsync(backend, KeyValueOperation.Delete($"{index:D4}"));
    }

    private static KeyValueOperation Put(string key, int size) => KeyValueOperation.Put(key, new byte[size]);

    private static Task PutAsync(SqliteKeyValueBackend backend, string key, int size) => CommitAsync(backend, Put(key, size));

    private static async Task CommitAsync(SqliteKeyValueBackend backend, params KeyValueOperation[] operations) =>
        (await backend.CommitAsync(new(operations), default)).Succeeded.Should().BeTrue();

    private static async Task ExpectFullAsync(Func<Task> commit) =>
        (await commit.Should().ThrowAsync<SqliteKeyValueException>()).Which.IsFull.Should().BeTrue();

    // Until no further value fits; exactly, until nothing does.
    private static async Task<int> FillAsync(SqliteKeyValueBackend backend, bool exactly = false)
    {
        await backend.ExecuteAsync("PRAGMA max_page_count=60");
        var count = 0;
        foreach (var size in exactly ? [ValueBytes, 1] : new[] { ValueBytes })
        {
            try
            {
                while (true) await PutAsync(backend, $"{count++:D4}", size);
            }
            catch (SqliteKeyValueException exception) when (exception.IsFull)
            {
                count--;
            }
        }

        return count;
    }

    private static async Task<int> CountAsync(SqliteKeyValueBackend backend)
    {
        var count = 0;
        await foreach (var entry in backend.ListAsync(string.Empty, null, default)) count++;
        return count;
    }

    private SqliteKeyValueBackend Open() => new(new() { Path = _folder.DatabasePath, Synchronous = SqliteSynchronous.Off }, _clock);
}
