using System.Diagnostics;
using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.PostgreSql.Tests;

/// <summary>What the end of the whole server does to a scope; each test has a server of its own.</summary>
public sealed class PostgreSqlRestartTests : IAsyncLifetime
{
    private const int Rounds = 4;

    private PostgreSqlServer _server = null!;

    public async Task InitializeAsync() => _server = await PostgreSqlServer.StartNewAsync(isDurable: true);

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Commit_ServerKilledAndRestarted_LosesNoAcknowledgedCommitAndRepeatsNone()
    {
        await using var backend = new PostgreSqlKeyValueBackend(SharedServer.NewScope(_server));
        var rounds = 0;
        var counters = Enumerable.Range(0, 4).Select(index => new Counter(backend, $"{index}")).ToList();
        var counting = Task.WhenAll(counters.Select(counter => Task.Run(() => counter.RunAsync(() => Volatile.Read(ref rounds) == Rounds))));
        var seen = new List<KeyValueChange>();
        using var end = new CancellationTokenSource();
        var watch = WatchAsync(backend, seen, end.Token);

        for (; rounds < Rounds; Interlocked.Increment(ref rounds))
        {
            var before = counters.Sum(counter => counter.Acknowledged);
            for (var patience = Stopwatch.StartNew(); counters.Sum(counter => counter.Acknowledged) < before + 50
                && patience.Elapsed < TimeSpan.FromSeconds(30);) await Task.Delay(1);
            await _server.KillAsync();
            await _server.StartAsync();
        }

        await counting;
        var last = await backend.CommitAsync(new(KeyValueOperation.Put("last", default)), default);
        await watch;

        foreach (var counter in counters)
        {
            counter.Unknown.Should().Be(0);
            (await counter.ReadAsync()).Value.Should().Be(counter.Acknowledged).And.BePositive();
        }

        seen.Should().HaveCount(counters.Sum(counter => counter.Acknowledged) + 1);
        seen.Select(change => change.Revision).Should().BeInAscendingOrder().And.OnlyHaveUniqueItems().And.EndWith(last.Revision);
    }

    [Fact]
    public async Task AnyCall_ServerStopped_FailsInTimeAndRecovers()
    {
        var options = SharedServer.NewScope(_server);
        options.OperationTimeout = TimeSpan.FromSeconds(4);
        await using var backend = new PostgreSqlKeyValueBackend(options);
        await backend.CommitAsync(new(KeyValueOperation.Put("key", new byte[3])), default);
        await _server.KillAsync();

        var calls = new Dictionary<string, Func<Task>>(StringComparer.Ordinal)
        {
            ["get"] = async () => await backend.GetAsync("key", 9, default),
            ["list"] = async () => await backend.ListAsync(string.Empty, null, default).GetAsyncEnumerator().MoveNextAsync(),
            ["commit"] = async () => await backend.CommitAsync(new(KeyValueOperation.Put("key", default)), default),
            ["watch"] = async () => await backend.WatchAsync(string.Empty, 0, default).GetAsyncEnumerator().MoveNextAsync(),
        };
        foreach (var (name, call) in calls)
        {
            var time = Stopwatch.StartNew();
            var failure = (await call.Should().ThrowAsync<PostgreSqlKeyValueException>()).Which;
            failure.Operation.Should().Be(name);
            failure.Host.Should().Be($"127.0.0.1:{_server.Port}");
            time.Elapsed.Should().BeLessThan(options.OperationTimeout * 5);
        }

        await _server.StartAsync();
        (await new Counter(backend, "counter").ReadAsync()).Value.Should().Be(0);
        (await backend.GetAsync("key", 9, default))!.Size.Should().Be(3);
        (await backend.CommitAsync(new(KeyValueOperation.Put("key", default)), default)).Revision.Should().Be(2);
    }

    [Fact]
    public async Task Commit_OfUnknownOutcome_IsRefusedByTheServerAfterItsTime()
    {
        // A busy machine may need more than a second for the commits that are to succeed.
        var options = SharedServer.NewScope(_server);
        options.OperationTimeout = TimeSpan.FromSeconds(4);
        options.ConnectionString += ";Application Name=late";
        await using var backend = new PostgreSqlKeyValueBackend(options);
        var revision = (await backend.CommitAsync(new(KeyValueOperation.Put("key", new byte[1])), default)).Revision;
        var process = await _server.QueryAsync("SELECT max(pid) FROM pg_stat_activity WHERE application_name = 'late'");
        var commit = () => backend.CommitAsync(new(KeyValueOperation.Put("key", new byte[2])), default).AsTask();
        await _server.PauseAsync();
        await commit.Should().ThrowAsync<PostgreSqlKeyValueException>();
        await commit.Should().ThrowAsync<PostgreSqlKeyValueException>("and so its time is over by more than a round trip");

        await _server.ContinueAsync();

        // The client has left it, so it ends once it has done what was sent to it.
        await TestHost.UntilAsync(async () => (long)(await _server.QueryAsync($"SELECT count(*) FROM pg_stat_activity WHERE pid = {process}"))! == 0);
        (await backend.GetAsync("key", 9, default))!.Revision.Should().Be(revision);
        (await backend.CommitAsync(new(KeyValueOperation.Put("key", default)), default)).Succeeded.Should().BeTrue();
    }

    private static async Task WatchAsync(PostgreSqlKeyValueBackend backend, List<KeyValueChange> seen, CancellationToken cancellationToken)
    {
        await foreach (var change in backend.WatchAsync(string.Empty, 0, cancellationToken))
        {
            seen.Add(change);
            if (string.Equals(change.Key, "last", StringComparison.Ordinal)) break;
        }
    }
}
