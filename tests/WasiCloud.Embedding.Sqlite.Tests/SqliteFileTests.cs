using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Testing.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Sqlite.Tests;

public sealed class SqliteFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private SqliteKeyValueOptions Options => new() { Path = _folder.DatabasePath };

    public void Dispose() => _folder.Delete();

    [Fact]
    public async Task Reopen_AfterClose_KeepsEntriesRevisionsAndHistory()
    {
        long revision;
        await using (var first = new SqliteKeyValueBackend(Options))
        {
            await PutAsync(first, "small", 10);
            revision = await PutAsync(first, "large", 100_000);
        }

        await using var second = new SqliteKeyValueBackend(Options);
        (await second.GetAsync("small", int.MaxValue, default))!.Value!.Value.Length.Should().Be(10);
        var large = await second.GetAsync("large", int.MaxValue, default);
        large!.Value!.Value.Length.Should().Be(100_000);
        large.Revision.Should().Be(revision);
        (await PutAsync(second, "small", 1)).Should().BeGreaterThan(revision);
        await using var changes = second.WatchAsync("large", 0, default).GetAsyncEnumerator();
        (await changes.MoveNextAsync()).Should().BeTrue();
        changes.Current.Revision.Should().Be(revision);
    }

    [Fact]
    public async Task Crash_AfterAcknowledgements_LosesNoneOfThem()
    {
        // What the files hold at this moment is what they would hold had the process been killed.
        var copy = Path.Combine(_folder.FullName, "crashed.db");
        await using (var backend = new SqliteKeyValueBackend(Options))
        {
            await Task.WhenAll(Enumerable.Range(0, 50).Select(index => PutAsync(backend, $"key{index}", index * 40)));
            File.Copy(_folder.DatabasePath, copy);
            File.Copy(_folder.DatabasePath + "-wal", copy + "-wal");
        }

        await using var recovered = new SqliteKeyValueBackend(new() { Path = copy });
        for (var index = 0; index < 50; index++) (await recovered.GetAsync($"key{index}", 9999, default))!.Value!.Value.Length.Should().Be(index * 40);
    }

    [Fact]
    public async Task Reopen_ExpiredMeanwhile_IsGoneAndSwept()
    {
        var clock = new ManualTimeProvider();
        await using (var first = new SqliteKeyValueBackend(Options, clock))
            await first.CommitAsync(new(KeyValueOperation.Put("key", default, expires: clock.GetUtcNow().AddSeconds(1))), default);

        clock.Advance(TimeSpan.FromSeconds(2));
        await using var second = new SqliteKeyValueBackend(Options, clock);

        (await second.GetAsync("key", 0, default)).Should().BeNull();
        await using var changes = second.WatchAsync("key", 1, default).GetAsyncEnumerator();
        var next = changes.MoveNextAsync();
        clock.Advance(TimeSpan.Zero);
        (await next).Should().BeTrue();
        changes.Current.Kind.Should().Be(KeyValueChangeKind.Delete);
    }

    [Fact]
    public async Task Scopes_InOneFile_AreSeparate()
    {
        await using var local = new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath, Scope = "local" });
        await using var region = new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath, Scope = "region" });

        await PutAsync(local, "key", 1);
        await PutAsync(region, "key", 2);
        await PutAsync(region, "other", 2);

        (await local.GetAsync("key", 9, default))!.Size.Should().Be(1);
        (await local.GetAsync("other", 9, default)).Should().BeNull();
        (await region.GetAsync("key", 9, default))!.Size.Should().Be(2);
    }

    [Fact]
    public async Task TwoBackends_OnOneScope_CompareAndSwapWithoutLoss()
    {
        await using var first = new SqliteKeyValueBackend(Options);
        await using var second = new SqliteKeyValueBackend(Options);
        await first.CommitAsync(new(KeyValueOperation.Put("counter", new byte[1])), default);

        await Task.WhenAll(new[] { first, second, first, second }.Select(backend => Task.Run(async () =>
        {
            for (var done = 0; done < 20;)
            {
                var entry = await backend.GetAsync("counter", 1, default);
                var next = new[] { (byte)(entry!.Value!.Value.Span[0] + 1) };
                if ((await backend.CommitAsync(new(KeyValueOperation.Put("counter", next, KeyValueCondition.AtRevision(entry.Revision))), default)).Succeeded)
                    done++;
            }
        })));

        (await second.GetAsync("counter", 1, default))!.Value!.Value.Span[0].Should().Be(80);
    }

    [Fact]
    public async Task Watch_OtherBackendCommits_IsSeenAtTheNextPoll()
    {
        var clock = new ManualTimeProvider();
        await using var watching = new SqliteKeyValueBackend(Options, clock);
        await using var committing = new SqliteKeyValueBackend(Options, clock);
        await using var changes = watching.WatchAsync(string.Empty, 0, default).GetAsyncEnumerator();
        var next = changes.MoveNextAsync();

        await PutAsync(committing, "key", 1);
        next.IsCompleted.Should().BeFalse();
        clock.Advance(TimeSpan.FromSeconds(1));

        (await next).Should().BeTrue();
        changes.Current.Key.Should().Be("key");
    }

    [Fact]
    public async Task Commit_SameToken_IsAppliedOnce()
    {
        var clock = new ManualTimeProvider();
        await using var backend = new SqliteKeyValueBackend(Options, clock);
        var batch = new KeyValueBatch(KeyValueOperation.Put("key", new byte[1], KeyValueCondition.Absent)) { IdempotencyToken = "token" };
        var first = await backend.CommitAsync(batch, default);
        await PutAsync(backend, "other", 1);
        clock.Advance(TimeSpan.FromMinutes(10));

        var second = await backend.CommitAsync(batch, default);

        second.Should().Be(first);
        first.Succeeded.Should().BeTrue();
    }

    [Fact]
    public async Task Commit_SameTokenLongAfter_IsForgotten()
    {
        var clock = new ManualTimeProvider();
        await using var backend = new SqliteKeyValueBackend(Options, clock);
        var batch = new KeyValueBatch(KeyValueOperation.Put("key", new byte[1], KeyValueCondition.Absent)) { IdempotencyToken = "token" };
        await backend.CommitAsync(batch, default);
        clock.Advance(TimeSpan.FromHours(1));
        await PutAsync(backend, "other", 1);

        (await backend.CommitAsync(batch, default)).Succeeded.Should().BeFalse();
    }

    [Fact]
    public async Task Commits_FiveThousandWithoutTokens_LeaveNone()
    {
        await using (var backend = new SqliteKeyValueBackend(Options))
        {
            for (var round = 0; round < 10; round++) await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => PutAsync(backend, "key", 1)));
        }

        using var connection = new Connection(Options, _folder.DatabasePath, isWriter: true);
        connection.QueryText("SELECT revision || ' ' || tokens || ' ' || (SELECT count(*) FROM token) FROM scope").Should().Be("5000 0 0");
    }

    [Fact]
    public async Task Token_BeyondTheLimit_IsRefusedAndNothingIsApplied()
    {
        var clock = new ManualTimeProvider();
        await using var backend = new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath, MaxTokens = 3 }, clock);
        for (var index = 0; index < 3; index++) await PutWithTokenAsync(backend, $"{index}");

        await FluentActions.Awaiting(() => PutWithTokenAsync(backend, "3")).Should().ThrowAsync<SqliteKeyValueException>().WithMessage("*3 tokens*");
        (await backend.GetAsync("3", 0, default)).Should().BeNull();
        (await PutWithTokenAsync(backend, "2")).Revision.Should().Be(3, "a known one is answered");
        (await PutAsync(backend, "without", 1)).Should().Be(4);
        clock.Advance(TimeSpan.FromMinutes(16));
        await PutAsync(backend, "without", 1);

        (await PutWithTokenAsync(backend, "3")).Revision.Should().Be(6);
    }

    [Fact]
    public async Task Token_LimitReachedByCommitsWithTokensAlone_EndsWithTheirTime()
    {
        var clock = new ManualTimeProvider();
        await using var backend = new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath, MaxTokens = 3 }, clock);
        for (var index = 0; index < 3; index++) await PutWithTokenAsync(backend, $"{index}");
        await FluentActions.Awaiting(() => PutWithTokenAsync(backend, "3")).Should().ThrowAsync<SqliteKeyValueException>();
        clock.Advance(TimeSpan.FromMinutes(20));

        (await PutWithTokenAsync(backend, "3")).Revision.Should().Be(4);
    }

    [Fact]
    public async Task Token_LimitWasLoweredFarBelowWhatIsRemembered_EndsWithTheirTimeToo()
    {
        var clock = new ManualTimeProvider();
        await using (var before = new SqliteKeyValueBackend(Options, clock))
        {
            for (var round = 0; round < 10; round++)
                await Task.WhenAll(Enumerable.Range(0, 250).Select(index => PutWithTokenAsync(before, $"{round}/{index}")));
        }

        clock.Advance(TimeSpan.FromMinutes(20));
        await using var backend = new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath, MaxTokens = 3 }, clock);

        (await PutWithTokenAsync(backend, "new")).Revision.Should().Be(2501);
    }

    [Fact]
    public async Task Replace_LargeBySmallAndDelete_LeavesNoContentBehind()
    {
        await using (var backend = new SqliteKeyValueBackend(Options))
        {
            await PutAsync(backend, "a", 5000);
            await PutAsync(backend, "a", 5);
            await PutAsync(backend, "b", 5000);
            await PutAsync(backend, "b", 6000);
            await backend.CommitAsync(new(KeyValueOperation.Delete("b")), default);
        }

        using var connection = new Connection(Options, _folder.DatabasePath, isWriter: true);
        connection.QueryNumber("SELECT count(*) FROM content").Should().Be(0);
    }

    [Fact]
    public async Task Text_OfManyScripts_SurvivesReopen()
    {
        const string Key = "grüße/日本/😀";
        await using (var first = new SqliteKeyValueBackend(Options)) await first.CommitAsync(
            new(KeyValueOperation.Put(Key, Encoding.UTF8.GetBytes(Key))), default);
        await using var second = new SqliteKeyValueBackend(Options);

        Encoding.UTF8.GetString((await second.GetAsync(Key, 99, default))!.Value!.Value.ToArray()).Should().Be(Key);
    }

    [Fact]
    public async Task Dispose_ThenUse_Throws()
    {
        var backend = new SqliteKeyValueBackend(Options);
        await PutAsync(backend, "key", 1);
        await using var changes = backend.WatchAsync(string.Empty, 1, default).GetAsyncEnumerator();
        var next = changes.MoveNextAsync();

        await backend.DisposeAsync();

        await FluentActions.Awaiting(async () => await backend.GetAsync("key", 1, default)).Should().ThrowAsync<ObjectDisposedException>();
        await FluentActions.Awaiting(async () => await PutAsync(backend, "key", 1)).Should().ThrowAsync<ObjectDisposedException>();
        await FluentActions.Awaiting(async () => await next).Should().ThrowAsync<ObjectDisposedException>();
    }

    private static async Task<KeyValueCommitResult> PutWithTokenAsync(SqliteKeyValueBackend backend, string key) =>
        await backend.CommitAsync(new(KeyValueOperation.Put(key, default)) { IdempotencyToken = key }, default);

    private static async Task<long> PutAsync(SqliteKeyValueBackend backend, string key, int size) =>
        (await backend.CommitAsync(new(KeyValueOperation.Put(key, new byte[size])), default)).Revision;
}
