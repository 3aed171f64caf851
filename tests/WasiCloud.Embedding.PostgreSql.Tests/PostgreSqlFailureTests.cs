using System.Diagnostics;
using FluentAssertions;
using Npgsql;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.PostgreSql.Tests;

/// <summary>Connections that break and sessions that stand in the way, on the shared server.</summary>
public sealed class PostgreSqlFailureTests
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Commit_ConnectionsTerminatedAgainAndAgain_LosesAndRepeatsNothing()
    {
        var (server, options) = await NewAsync();
        await using var backend = new PostgreSqlKeyValueBackend(options);
        var rounds = 0;
        var counters = Enumerable.Range(0, 4).Select(index => new Counter(backend, $"{index}")).ToList();
        var counting = Task.WhenAll(counters.Select(counter => Task.Run(() => counter.RunAsync(() => Volatile.Read(ref rounds) == 20))));

        for (; rounds < 20; Interlocked.Increment(ref rounds))
        {
            var before = counters.Sum(counter => counter.Acknowledged);
            await TerminateAsync(server, options);
            for (var patience = Stopwatch.StartNew(); counters.Sum(counter => counter.Acknowledged) < before + 10
                && patience.Elapsed < options.OperationTimeout;) await Task.Delay(1);
        }

        await counting;

        foreach (var counter in counters)
        {
            counter.Unknown.Should().Be(0);
            (await counter.ReadAsync()).Value.Should().Be(counter.Acknowledged).And.BePositive();
        }
    }

    [Fact]
    public async Task Commit_ScopeLockedForLong_FailsInTimeAndIsNotAppliedTwice()
    {
        var (server, options) = await NewAsync();
        options.OperationTimeout = Short;
        await using var backend = new PostgreSqlKeyValueBackend(options);
        await backend.CommitAsync(new(KeyValueOperation.Put("key", new byte[1])), default);
        await using var other = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
        await other.OpenAsync();
        var transaction = await other.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand(
            $"SELECT 1 FROM {options.Schema}.scope FOR UPDATE", other, transaction)) await command.ExecuteScalarAsync();
        var batch = new KeyValueBatch(KeyValueOperation.Put("key", new byte[2])) { IdempotencyToken = "token" };

        var time = Stopwatch.StartNew();
        var blocked = async () => await backend.CommitAsync(batch, default);
        (await blocked.Should().ThrowAsync<PostgreSqlKeyValueException>().WithMessage("'commit' on 127.0.0.1:*1 s*")).Which.Operation.Should().Be("commit");

        time.Elapsed.Should().BeGreaterThan(Short * 0.9).And.BeLessThan(Short * 5);
        (await backend.GetAsync("key", 9, default))!.Size.Should().Be(1);
        await transaction.RollbackAsync();
        (await backend.CommitAsync(batch, default)).Revision.Should().Be(2);
        (await backend.CommitAsync(batch, default)).Revision.Should().Be(2);
        (await backend.CommitAsync(new(), default)).Revision.Should().Be(2);
    }

    [Fact]
    public async Task Commit_ServingProcessStopped_RecoversOnAnotherConnectionWithoutDuplicates()
    {
        var (server, options) = await NewAsync();
        await using var backend = new PostgreSqlKeyValueBackend(options);
        await backend.CommitAsync(new(KeyValueOperation.Put("key", default)), default);
        var process = (int)(await server.QueryAsync($"SELECT max(pid) FROM pg_stat_activity WHERE application_name = '{options.Schema}'"))!;

        await PostgreSqlServer.RunAsync("kill", "-STOP", $"{process}");
        try
        {
            (await backend.CommitAsync(new(KeyValueOperation.Put("key", default)), default)).Revision.Should().Be(2);
        }
        finally
        {
            await PostgreSqlServer.RunAsync("kill", "-CONT", $"{process}");
        }

        // Waits until the stopped process has done, or left undone, what it was sent.
        await TestHost.UntilAsync(async () => (long)(await server.QueryAsync($"SELECT count(*) FROM pg_stat_activity WHERE pid = {process}"))! == 0);
        (await backend.CommitAsync(new(), default)).Revision.Should().Be(2);
    }

    [Fact]
    public async Task Watch_ListeningConnectionTerminated_LosesAndRepeatsNothing()
    {
        var (server, options) = await NewAsync();
        options.PollInterval = TimeSpan.FromHours(1);
        await using var watching = new PostgreSqlKeyValueBackend(options);
        await using var committing = new PostgreSqlKeyValueBackend(options);
        const int Count = 200;
        var seen = new List<string>();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var watch = Task.Run(async () =>
        {
            await foreach (var change in watching.WatchAsync(string.Empty, 0, patience.Token))
            {
                seen.Add(change.Key);
                if (seen.Count == Count) break;
            }
        });

        for (var index = 0; index < Count; index++)
        {
            await committing.CommitAsync(new(KeyValueOperation.Put($"{index}", default)), default);
            if (index % 20 == 0) await TerminateAsync(server, options);
        }

        await watch;
        seen.Should().Equal(Enumerable.Range(0, Count).Select(index => $"{index}"));
    }

    [Fact]
    public async Task Watch_NoNotificationEverComes_SeesChangesAtTheNextPoll()
    {
        var (_, options) = await NewAsync();
        options.PollInterval = TimeSpan.FromMilliseconds(50);
        await using var watching = new PostgreSqlKeyValueBackend(options);
        await using var changes = watching.WatchAsync(string.Empty, 0, default).GetAsyncEnumerator();
        var next = changes.MoveNextAsync().AsTask();
        await WaitForListenerAsync(options);
        await (await SharedServer.GetAsync()).QueryAsync($"""
            INSERT INTO {options.Schema}.change VALUES (1, 1, 1, 0, 'key');
            UPDATE {options.Schema}.scope SET revision = 1
            """);

        (await next.WaitAsync(options.OperationTimeout)).Should().BeTrue();
        changes.Current.Should().Be(new KeyValueChange("key", KeyValueChangeKind.Put, 1));
    }

    [Fact]
    public async Task Watch_AnotherHostCommits_IsNotifiedWithoutPolling()
    {
        var (_, options) = await NewAsync();
        options.PollInterval = TimeSpan.FromHours(1);
        await using var watching = new PostgreSqlKeyValueBackend(options);
        await using var committing = new PostgreSqlKeyValueBackend(options);
        await using var changes = watching.WatchAsync(string.Empty, 0, default).GetAsyncEnumerator();
        var next = changes.MoveNextAsync().AsTask();
        await WaitForListenerAsync(options);

        await committing.CommitAsync(new(KeyValueOperation.Put("key", default)), default);

        (await next.WaitAsync(options.OperationTimeout)).Should().BeTrue();
    }

    [Fact]
    public async Task Commit_ServerNamesTheKey_TheExceptionIsOneLine()
    {
        var (server, options) = await NewAsync();
        await using var backend = new PostgreSqlKeyValueBackend(options);
        await backend.GetAsync("key", 0, default);
        await server.QueryAsync($"""
            CREATE FUNCTION {options.Schema}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION 'not %', convert_from(NEW.key, 'UTF8'); END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON {options.Schema}.entry FOR EACH ROW EXECUTE FUNCTION {options.Schema}.refuse()
            """);
        var commit = async () => await backend.CommitAsync(new(KeyValueOperation.Put("a\nforged \u202e", default)), default);

        var thrown = (await commit.Should().ThrowAsync<PostgreSqlKeyValueException>()).Which;
        thrown.Message.Should().Contain(@"not a\u{a}forged \u{202e}").And.NotContain("\n");
        thrown.InnerException.Should().BeNull("whoever logs it would write the key as it is");
    }

    [Fact]
    public async Task Commit_DiskFullForSome_IsFullForTheseAlone()
    {
        var (server, options) = await NewAsync();
        await using var backend = new PostgreSqlKeyValueBackend(options);
        const int Count = 20;
        for (var index = 0; index < Count; index++) await backend.CommitAsync(new(KeyValueOperation.Put($"{index}", default)), default);
        await server.QueryAsync($"""
            CREATE FUNCTION {options.Schema}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.size > 9 THEN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON {options.Schema}.entry FOR EACH ROW EXECUTE FUNCTION {options.Schema}.refuse()
            """);

        var puts = Enumerable.Range(0, Count).Select(index => backend.CommitAsync(new(KeyValueOperation.Put($"new{index}", new byte[10])), default).AsTask())
            .ToList();
        var deletes = Enumerable.Range(0, Count)
            .Select(index => backend.CommitAsync(new(KeyValueOperation.Delete($"{index}", KeyValueCondition.Present)), default).AsTask()).ToList();

        (await Task.WhenAll(deletes)).Should().OnlyContain(result => result.Succeeded);
        foreach (var put in puts) (await FluentActions.Awaiting(() => put).Should().ThrowAsync<PostgreSqlKeyValueException>()).Which.IsFull.Should().BeTrue();
    }

    private static async Task<(PostgreSqlServer Server, PostgreSqlKeyValueOptions Options)> NewAsync()
    {
        var server = await SharedServer.GetAsync();
        var options = await SharedServer.NewSchemaAsync();
        options.ConnectionString += ";Application Name=" + options.Schema;
        return (server, options);
    }

    private static Task<object?> TerminateAsync(PostgreSqlServer server, PostgreSqlKeyValueOptions options) =>
        server.QueryAsync($"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '{options.Schema}'");

    private static async Task WaitForListenerAsync(PostgreSqlKeyValueOptions options)
    {
        var server = await SharedServer.GetAsync();
        var find = $"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{options.Schema}' AND query LIKE 'LISTEN%'";
        await TestHost.UntilAsync(async () => (long)(await server.QueryAsync(find))! > 0);
    }
}
