using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.PostgreSql.Tests;

public sealed class PostgreSqlCommitTokenTests
{
    [Fact]
    public async Task Commit_SameTokenFromAnotherHost_IsAppliedOnce()
    {
        var options = await SharedServer.NewScopeAsync();
        await using var first = new PostgreSqlKeyValueBackend(options);
        await using var second = new PostgreSqlKeyValueBackend(options);
        var batch = new KeyValueBatch(KeyValueOperation.Put("key", new byte[1], KeyValueCondition.Absent)) { IdempotencyToken = "any \0 text" };
        var result = await first.CommitAsync(batch, default);
        await first.CommitAsync(new(KeyValueOperation.Put("other", default)), default);

        (await second.CommitAsync(batch, default)).Should().Be(result);

        result.Succeeded.Should().BeTrue();
    }

    [Fact]
    public async Task Token_AfterAQuarterOfAnHour_IsForgotten()
    {
        var server = await SharedServer.GetAsync();
        var options = await SharedServer.NewSchemaAsync();
        await using var backend = new PostgreSqlKeyValueBackend(options);
        await backend.CommitAsync(new(KeyValueOperation.Put("key", default)) { IdempotencyToken = "old" }, default);
        await backend.CommitAsync(new(KeyValueOperation.Put("key", default)) { IdempotencyToken = "young" }, default);
        await server.QueryAsync($"""
            UPDATE {options.Schema}.token SET created = created - interval '10 minutes';
            UPDATE {options.Schema}.token SET created = created - interval '6 minutes' WHERE revision = 1;
            UPDATE {options.Schema}.scope SET tokens_trimmed = tokens_trimmed - interval '16 minutes'
            """);

        await backend.CommitAsync(new(KeyValueOperation.Put("key", default)), default);

        (await server.QueryAsync($"SELECT string_agg(revision::text, ',' ORDER BY revision) FROM {options.Schema}.token"))
            .Should().Be("2", "the third commit has none");
    }

    [Fact]
    public async Task Commits_FiveThousandWithoutTokens_LeaveOneRow()
    {
        var server = await SharedServer.GetAsync();
        var options = await SharedServer.NewSchemaAsync();
        await using var backend = new PostgreSqlKeyValueBackend(options);

        for (var round = 0; round < 10; round++)
            await Task.WhenAll(Enumerable.Range(0, 500)
                .Select(index => backend.CommitAsync(new(KeyValueOperation.Put($"{index}", default)), default).AsTask()));

        (await backend.CommitAsync(new(), default)).Revision.Should().Be(5000);
        (await server.QueryAsync($"SELECT (SELECT count(*) FROM {options.Schema}.token) || ' ' || (SELECT count(*) FROM {options.Schema}.writer)"))
            .Should().Be("0 1");
    }

    [Fact]
    public async Task Token_BeyondTheLimit_IsRefusedAndNothingIsApplied()
    {
        var server = await SharedServer.GetAsync();
        var options = await SharedServer.NewSchemaAsync();
        options.MaxTokens = 3;
        await using var backend = new PostgreSqlKeyValueBackend(options);
        for (var index = 0; index < 3; index++) await PutAsync(backend, $"{index}");

        var commit = () => PutAsync(backend, "3");

        (await commit.Should().ThrowAsync<PostgreSqlKeyValueException>()).Which.SqlState.Should().Be(CommitFunction.TooManyTokens);
        (await backend.GetAsync("3", 0, default)).Should().BeNull();
        (await PutAsync(backend, "2")).Revision.Should().Be(3, "a known one is answered");
        (await backend.CommitAsync(new(KeyValueOperation.Put("without", default)), default)).Revision.Should().Be(4);
        await server.QueryAsync($"""
            UPDATE {options.Schema}.token SET created = created - interval '16 minutes';
            UPDATE {options.Schema}.scope SET tokens_trimmed = tokens_trimmed - interval '16 minutes'
            """);
        await backend.CommitAsync(new(KeyValueOperation.Put("without", default)), default);
        (await PutAsync(backend, "3")).Succeeded.Should().BeTrue();
    }

    [Fact]
    public async Task Token_LimitReachedByCommitsWithTokensAlone_EndsWithTheirTime()
    {
        var server = await SharedServer.GetAsync();
        var options = SharedServer.NewScope(server);
        (options.Schema, options.MaxTokens) = ($"s{Guid.NewGuid():N}", 3);
        await using var backend = new PostgreSqlKeyValueBackend(options);
        for (var index = 0; index < 3; index++) await PutAsync(backend, $"{index}");
        await FluentActions.Awaiting(() => PutAsync(backend, "3")).Should().ThrowAsync<PostgreSqlKeyValueException>();

        await server.QueryAsync($"UPDATE {options.Schema}.token SET created = created - interval '16 minutes'");

        (await PutAsync(backend, "3")).Revision.Should().Be(4);
        (await server.QueryAsync($"SELECT tokens::text || ' ' || (SELECT count(*) FROM {options.Schema}.token) FROM {options.Schema}.scope"))
            .Should().Be("1 1");
    }

    [Fact]
    public async Task Token_LimitWasLoweredFarBelowWhatIsRemembered_EndsWithTheirTimeToo()
    {
        var server = await SharedServer.GetAsync();
        var options = SharedServer.NewScope(server);
        (options.Schema, options.MaxTokens) = ($"s{Guid.NewGuid():N}", 3);
        await using var backend = new PostgreSqlKeyValueBackend(options);
        await PutAsync(backend, "known");
        await server.QueryAsync($"""
            INSERT INTO {options.Schema}.token SELECT scope, sha256(i::text::bytea), revision, created - interval '16 minutes'
                FROM {options.Schema}.token, generate_series(1, 2500) i;
            UPDATE {options.Schema}.scope SET tokens = tokens + 2500
            """);

        (await Task.WhenAll(PutAsync(backend, "new"), PutAsync(backend, "known"))).Max(result => result.Revision).Should().Be(2);
        (await server.QueryAsync($"SELECT tokens::text || ' ' || (SELECT count(*) FROM {options.Schema}.token) FROM {options.Schema}.scope"))
            .Should().Be("2 2");
    }

    [Fact]
    public async Task Token_OfCommitsThatChangeNothing_Counts()
    {
        var server = await SharedServer.GetAsync();
        var options = SharedServer.NewScope(server);
        (options.Schema, options.MaxTokens) = ($"s{Guid.NewGuid():N}", 3);
        await using var backend = new PostgreSqlKeyValueBackend(options);
        var commits = Enumerable.Range(0, 10)
            .Select(index => backend.CommitAsync(new(KeyValueOperation.Delete("absent")) { IdempotencyToken = $"{index}" }, default).AsTask()).ToList();
        await Task.WhenAll(commits).ContinueWith(_ => { }, TaskScheduler.Default);

        commits.Count(commit => commit.IsCompletedSuccessfully).Should().Be(3);
        (await server.QueryAsync($"SELECT tokens::text || ' ' || (SELECT count(*) FROM {options.Schema}.token) FROM {options.Schema}.scope"))
            .Should().Be("3 3");
    }

    [Fact]
    public async Task Commit_OvertakenByALaterGroup_IsRefused()
    {
        var server = await SharedServer.GetAsync();
        var options = await SharedServer.NewSchemaAsync();
        await using var backend = new PostgreSqlKeyValueBackend(options);
        await backend.CommitAsync(new(KeyValueOperation.Put("key", default)), default);
        await backend.CommitAsync(new(KeyValueOperation.Put("key", default)), default);
        string Late(int group) => $"""
            SELECT o_revision FROM {options.Schema}.{CommitFunction.Name}(1, NULL, (SELECT id FROM {options.Schema}.writer), {group}, 1, false, NULL,
                ARRAY[0]::smallint[],
                ARRAY['key']::bytea[], ARRAY[0]::bigint[], ARRAY['late']::bytea[], ARRAY[NULL]::bigint[], 100, 100)
            """;

        (await server.QueryAsync(Late(2))).Should().Be(2L, "it was applied already");
        var late = () => server.QueryAsync(Late(1));

        (await late.Should().ThrowAsync<Npgsql.PostgresException>()).Which.SqlState.Should().Be(CommitFunction.Overtaken);
        (await backend.GetAsync("key", 0, default))!.Size.Should().Be(0);
    }

    [Fact]
    public async Task Commit_OneOfManyIsRefused_TheOthersAreCommitted()
    {
        var server = await SharedServer.GetAsync();
        var options = await SharedServer.NewSchemaAsync();
        await using var backend = new PostgreSqlKeyValueBackend(options);
        await backend.GetAsync("key", 0, default);
        await server.QueryAsync($"ALTER TABLE {options.Schema}.entry ADD CHECK (size < 1000)");

        var commits = Enumerable.Range(0, 40)
            .Select(index => backend.CommitAsync(new(KeyValueOperation.Put($"key{index}", new byte[index == 20 ? 2000 : 10])), default).AsTask()).ToList();
        await Task.WhenAll(commits).ContinueWith(_ => { }, TaskScheduler.Default);

        commits.Where(commit => commit.IsFaulted).Should().ContainSingle().Which.Should().BeSameAs(commits[20]);
        commits[20].Exception!.InnerException.Should().BeOfType<PostgreSqlKeyValueException>().Which.SqlState.Should().Be("23514");
        for (var index = 0; index < 40; index++) ((await backend.GetAsync($"key{index}", 100, default)) is null).Should().Be(index == 20);
    }

    [Fact]
    public async Task AfterDisposal_EveryCall_ThrowsObjectDisposed()
    {
        var backend = new PostgreSqlKeyValueBackend(await SharedServer.NewScopeAsync());
        await backend.GetAsync("key", 0, default);
        await backend.DisposeAsync();

        var get = async () => await backend.GetAsync("key", 0, default);
        var commit = async () => await backend.CommitAsync(new(KeyValueOperation.Put("key", default)), default);
        var watch = async () => await backend.WatchAsync(string.Empty, 0, default).GetAsyncEnumerator().MoveNextAsync();

        await get.Should().ThrowAsync<ObjectDisposedException>();
        await commit.Should().ThrowAsync<ObjectDisposedException>();
        await watch.Should().ThrowAsync<ObjectDisposedException>();
    }

    private static async Task<KeyValueCommitResult> PutAsync(PostgreSqlKeyValueBackend backend, string key) =>
        await backend.CommitAsync(new(KeyValueOperation.Put(key, default)) { IdempotencyToken = key }, default);
}
