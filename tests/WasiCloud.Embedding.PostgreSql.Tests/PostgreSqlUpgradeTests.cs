using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.PostgreSql.Tests;

/// <summary>A schema that the first version of the library made, and that its hosts still use.</summary>
public sealed class PostgreSqlUpgradeTests
{
    private PostgreSqlServer _server = null!;
    private PostgreSqlKeyValueOptions _options = null!;

    [Fact]
    public async Task FirstUse_OldSchema_KeepsWhatItHasAndGetsTheNewFunction()
    {
        await CreateOldAsync();
        await CommitAsOldHostAsync("a", "old");
        await CommitAsOldHostAsync("b", "old");
        await using var backend = new PostgreSqlKeyValueBackend(_options);

        (await backend.GetAsync("a", 9, default))!.Value!.Value.ToArray().Should().Equal("old"u8.ToArray());
        (await backend.CommitAsync(new(KeyValueOperation.Put("a", "new"u8.ToArray(), KeyValueCondition.AtRevision(1))), default)).Revision.Should().Be(3);

        (await CountFunctionsAsync(CommitFunction.Name)).Should().Be(1L);
        (await QueryAsync("SELECT changes::text || ' ' || tokens FROM {schema}.scope")).Should().Be("3 2");
        await using var changes = backend.WatchAsync(string.Empty, 0, default).GetAsyncEnumerator();
        await changes.MoveNextAsync();
        changes.Current.Should().Be(new KeyValueChange("a", KeyValueChangeKind.Put, 1));
    }

    [Fact]
    public async Task FirstUse_OldSchemaAndManyHostsAtOnce_AllSucceed()
    {
        await CreateOldAsync();
        var backends = Enumerable.Range(0, 8).Select(_ => new PostgreSqlKeyValueBackend(_options)).ToList();

        await Task.WhenAll(backends.Select((backend, index) => backend.CommitAsync(new(KeyValueOperation.Put($"{index}", default)), default).AsTask()));

        (await backends[0].CommitAsync(new(), default)).Revision.Should().Be(8);
        foreach (var backend in backends) await backend.DisposeAsync();
    }

    [Fact]
    public async Task FirstUse_SchemaWithAnEarlierNumber_GetsTheNewFunctionAndCountsAnew()
    {
        await CreateOldAsync();
        await using (var earlier = new PostgreSqlKeyValueBackend(_options))
            await earlier.CommitAsync(new(KeyValueOperation.Put("a", default)) { IdempotencyToken = "known" }, default);
        await QueryAsync($$"""
            ALTER FUNCTION {schema}.{{CommitFunction.Name}} RENAME TO commit_batch_2;
            ALTER FUNCTION {schema}.{{PrefixFunction.Name}} RENAME TO changed_prefix_2;
            UPDATE {schema}.scope SET tokens = 0
            """);
        await using var backend = new PostgreSqlKeyValueBackend(_options);

        (await backend.CommitAsync(new(KeyValueOperation.Put("a", default)) { IdempotencyToken = "known" }, default)).Revision.Should().Be(1);
        (await CommitAsOldHostAsync("b", "old")).Should().Be(2);

        (await CountFunctionsAsync(CommitFunction.Name)).Should().Be(1L);
        (await CountFunctionsAsync("commit_batch_2")).Should().Be(1L, "hosts that are still there use it");
        (await QueryAsync("SELECT changes::text || ' ' || tokens FROM {schema}.scope")).Should().Be("2 2");
    }

    [Fact]
    public async Task OldHost_BesideANewOne_IsBoundedAndWorks()
    {
        await CreateOldAsync();
        _options.HistoryLength = 2000;
        await using var backend = new PostgreSqlKeyValueBackend(_options);
        await CommitAsOldHostAsync("before", "1");
        var revision = (await backend.CommitAsync(new(KeyValueOperation.Put("mine", default)), default)).Revision;
        var batch = Enumerable.Range(0, 3000).Select(index => KeyValueOperation.Put($"e{index}", default, expires: DateTimeOffset.MinValue)).ToArray();
        (await backend.CommitAsync(new(batch), default)).Revision.Should().Be(revision + 1);

        // Deletes all that has expired first, as it always did.
        (await CommitAsOldHostAsync("after", "2")).Should().BeGreaterThan(revision + 2);
        (await backend.GetAsync("after", 9, default))!.Size.Should().Be(1);
        (await QueryAsync("SELECT count(*) FROM {schema}.entry")).Should().Be(3L);
        for (var index = 0; index < 4; index++) await CommitAsOldHostAsync("again", "3");

        (await QueryAsync("SELECT changes = (SELECT count(*) FROM {schema}.change) AND changes < 3500 FROM {schema}.scope")).Should().Be(true);
    }

    private async Task CreateOldAsync()
    {
        _server = await SharedServer.GetAsync();
        _options = await SharedServer.NewSchemaAsync();
        await QueryAsync("CREATE SCHEMA {schema}");
        await QueryAsync(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "FirstSchema.sql")));
        await QueryAsync($"INSERT INTO {{schema}}.scope(name, revision, lost, tokens_trimmed) VALUES ('{_options.Scope}', 0, 0, clock_timestamp())");
    }

    // Its tokens have 24 bytes.
    private async Task<long> CommitAsOldHostAsync(string key, string value) => (long)(await QueryAsync($$"""
        SELECT o_revision FROM {schema}.commit_batch(1, decode(md5(random()::text) || '0000000000000000', 'hex'), ARRAY[0]::smallint[],
            ARRAY['{{key}}']::bytea[], ARRAY[0]::bigint[], ARRAY['{{value}}']::bytea[], ARRAY[NULL]::bigint[], 2000)
        """))!;

    private Task<object?> CountFunctionsAsync(string function) =>
        QueryAsync($"SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = '{{name}}' AND p.proname = '{function}'");

    private Task<object?> QueryAsync(string sql) =>
        _server.QueryAsync(sql.Replace("{schema}", $"\"{_options.Schema}\"", StringComparison.Ordinal)
            .Replace("{name}", _options.Schema, StringComparison.Ordinal));
}
