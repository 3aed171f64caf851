using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.PostgreSql.Tests;

/// <summary>
/// A commit that reaches the server late, because the server's process of its connection stood still while the host went on with another: what was said of it
/// stays true.
/// </summary>
public sealed class PostgreSqlLateCommitTests
{
    private PostgreSqlServer _server = null!;
    private PostgreSqlKeyValueOptions _options = null!;

    [Theory]
    [InlineData(null)]
    [InlineData("token")]
    public async Task Commit_RefusedWhileAnEarlierCopyIsOnItsWay_NeverHappens(string? token)
    {
        await using var other = await NewAsync();
        await using var late = new PostgreSqlKeyValueBackend(_options);
        var process = await StopAsync(late);
        var batch = new KeyValueBatch(KeyValueOperation.Put("new", "late"u8.ToArray(), KeyValueCondition.Absent)) { IdempotencyToken = token };
        var commit = late.CommitAsync(batch, default).AsTask();
        var put = await other.CommitAsync(new(KeyValueOperation.Put("new", "other"u8.ToArray())), default);

        (await commit).Should().Be(KeyValueCommitResult.Conflict(0, put.Revision));

        await other.CommitAsync(new(KeyValueOperation.Delete("new")), default);
        await ContinueAsync(process);
        (await other.GetAsync("new", 9, default)).Should().BeNull();
        (await late.CommitAsync(new(KeyValueOperation.Put("after", default)), default)).Revision.Should().Be(put.Revision + 2);
    }

    [Fact]
    public async Task Commit_AppliedWhileAnEarlierCopyIsOnItsWay_IsAppliedOnce()
    {
        await using var other = await NewAsync();
        await using var late = new PostgreSqlKeyValueBackend(_options);
        var process = await StopAsync(late);
        (await late.CommitAsync(new(KeyValueOperation.Put("key", default)), default)).Succeeded.Should().BeTrue();
        await other.CommitAsync(new(KeyValueOperation.Delete("key")), default);

        await ContinueAsync(process);

        (await other.GetAsync("key", 9, default)).Should().BeNull();
    }

    [Fact]
    public async Task Group_SentBefore_IsToldAgainWhatWasAppliedAndWhatWasRefused()
    {
        await using var other = await NewAsync();
        await other.CommitAsync(new(KeyValueOperation.Put("taken", default)), default);
        await CallAsync("new", index: 1);
        var refused = await CallAsync("taken", index: 2);
        await other.CommitAsync(new(KeyValueOperation.Delete("taken")), default);

        (await CallAsync("taken", index: 2)).Should().Be(refused, "what it met is gone, and it was refused all the same").And.NotBe(-1);
        (await CallAsync("new", index: 1)).Should().Be(-1, "it was applied");
        (await CallAsync("third", index: 3)).Should().Be(-1, "it was not judged yet");

        (await other.GetAsync("taken", 9, default)).Should().BeNull();

        async Task<int> CallAsync(string key, int index) => (int)(await _server.QueryAsync($"""
            SELECT o_failed FROM {_options.Schema}.{CommitFunction.Name}(1, NULL, 'writer', 7, {index}, true, NULL, ARRAY[0]::smallint[],
                ARRAY['{key}']::bytea[], ARRAY[-1]::bigint[], ARRAY['late']::bytea[], ARRAY[NULL]::bigint[], 100, 100)
            """))!;
    }

    private async Task<PostgreSqlKeyValueBackend> NewAsync()
    {
        _server = await SharedServer.GetAsync();
        _options = await SharedServer.NewSchemaAsync();
        await using (var setup = new PostgreSqlKeyValueBackend(_options)) await setup.GetAsync("any", 0, default);
        var other = new PostgreSqlKeyValueOptions { ConnectionString = _options.ConnectionString, Schema = _options.Schema, Scope = _options.Scope };
        _options.ConnectionString += $";Application Name={_options.Schema}";
        _options.OperationTimeout = TimeSpan.FromSeconds(4);
        return new PostgreSqlKeyValueBackend(other);
    }

    // The process of the one connection that the backend has in its pool.
    private async Task<int> StopAsync(PostgreSqlKeyValueBackend backend)
    {
        await backend.CommitAsync(new(KeyValueOperation.Put("before", default)), default);
        var process = (int)(await _server.QueryAsync($"SELECT max(pid) {Connections}"))!;
        await PostgreSqlServer.RunAsync("kill", "-STOP", $"{process}");
        return process;
    }

    // The client has left it, so it ends once it has done what was sent to it.
    private async Task ContinueAsync(int process)
    {
        await PostgreSqlServer.RunAsync("kill", "-CONT", $"{process}");
        await TestHost.UntilAsync(async () => (long)(await _server.QueryAsync($"SELECT count(*) {Connections} AND pid = {process}"))! == 0);
    }

    private string Connections => $"FROM pg_stat_activity WHERE application_name = '{_options.Schema}'";
}
