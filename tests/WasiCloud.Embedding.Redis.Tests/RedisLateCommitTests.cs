using FluentAssertions;
using StackExchange.Redis;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Redis.Tests;

/// <summary>
/// A commit that reaches the server late, because its connection stood still while the host went on with another: what was said of it stays true.
/// </summary>
public sealed class RedisLateCommitTests : RedisScopeTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(null)]
    [InlineData("token")]
    public async Task Commit_RefusedWhileAnEarlierCopyIsOnItsWay_NeverHappens(string? token)
    {
        await using var proxy = await StartProxyAsync();
        await using var other = new RedisKeyValueBackend(Options);
        await using var late = NewLate(proxy, Bound);
        await PutAsync(late, "before", []);
        var held = Hold(proxy);
        var batch = new KeyValueBatch(KeyValueOperation.Put("new", "late"u8.ToArray(), KeyValueCondition.Absent)) { IdempotencyToken = token };
        var commit = late.CommitAsync(batch, default).AsTask();
        await WaitForHeldAsync(held);
        var put = await PutAsync(other, "new", [1]);
        Cut(held);

        (await commit).Should().Be(KeyValueCommitResult.Conflict(0, put.Revision));

        await other.CommitAsync(new(KeyValueOperation.Delete("new")), default);
        await DeliverAsync(held);
        (await other.GetAsync("new", 9, default)).Should().BeNull();
        (await PutAsync(late, "after", [])).Revision.Should().Be(put.Revision + 2);
    }

    [Fact]
    public async Task Commits_OfOneCallRefusedAndApplied_AreRepeatedAsTheyWere()
    {
        await using var proxy = await StartProxyAsync();
        await using var other = new RedisKeyValueBackend(Options);
        await using var late = NewLate(proxy, Bound);
        await PutAsync(late, "taken", []);
        var held = Hold(proxy);
        var commits = new[] { late.CommitAsync(Absent("taken"), default).AsTask(), late.CommitAsync(Absent("new"), default).AsTask() };
        await WaitForHeldAsync(held);
        Cut(held);
        var results = await Task.WhenAll(commits);
        await other.CommitAsync(new(KeyValueOperation.Delete("new"), KeyValueOperation.Delete("taken")), default);

        await DeliverAsync(held);

        results.Select(result => result.Succeeded).Should().Equal(false, true);
        (await other.GetAsync("new", 9, default)).Should().BeNull("it was applied once");
        (await other.GetAsync("taken", 9, default)).Should().BeNull();

        static KeyValueBatch Absent(string key) => new(KeyValueOperation.Put(key, default, KeyValueCondition.Absent));
    }

    [Fact]
    public async Task Commit_OfUnknownOutcome_IsRefusedByTheServerAfterItsTime()
    {
        await using var proxy = await StartProxyAsync();
        await using var other = new RedisKeyValueBackend(Options);
        await using var late = NewLate(proxy, TimeSpan.FromSeconds(1));
        await PutAsync(late, "key", [0]);
        proxy.Prepare(connection => connection.ToServer.Hold());
        Hold(proxy);
        var commit = () => PutAsync(late, "key", [1]);
        await commit.Should().ThrowAsync<RedisKeyValueException>();
        await commit.Should().ThrowAsync<RedisKeyValueException>("and so the time of the first is over by more than a round trip");
        var put = await PutAsync(other, "key", [2]);

        proxy.Prepare(null);
        var held = proxy.Connections;
        Cut(held);
        await DeliverAsync(held);

        (await other.GetAsync("key", 9, default))!.Revision.Should().Be(put.Revision);
        (await TryPutAsync(late)).Revision.Should().Be(put.Revision + 1);
    }

    [Fact]
    public async Task Revision_OfAScopeThatTheServerLost_IsAboveAllEarlierOnes()
    {
        await using var server = await RedisServer.StartAsync();
        await using var raw = await ConnectionMultiplexer.ConnectAsync(server.Configuration + ",allowAdmin=true");
        await using var first = new RedisKeyValueBackend(new() { Configuration = server.Configuration });
        var before = await PutAsync(first, ".lock/x", []);
        await raw.GetServers()[0].FlushAllDatabasesAsync();

        await using var other = new RedisKeyValueBackend(new() { Configuration = server.Configuration });
        var put = new KeyValueBatch(KeyValueOperation.Put(".lock/x", default, KeyValueCondition.Absent));
        (await other.CommitAsync(put, default)).Revision.Should().BeGreaterThan(before.Revision);

        var swap = new KeyValueBatch(KeyValueOperation.Put(".lock/x", default, KeyValueCondition.AtRevision(before.Revision)));
        (await first.CommitAsync(swap, default)).Succeeded.Should().BeFalse("what another has put is not what was read");
        var watch = async () => await first.WatchAsync(string.Empty, before.Revision, default).GetAsyncEnumerator().MoveNextAsync();
        await watch.Should().ThrowAsync<KeyValueHistoryLostException>();
    }

    private static async Task<TcpProxy> StartProxyAsync() => TcpProxy.Start((await SharedServer.GetAsync()).Port);

    private RedisKeyValueBackend NewLate(TcpProxy proxy, TimeSpan timeout) =>
        new(new() { Configuration = $"127.0.0.1:{proxy.Port}", Scope = Options.Scope, OperationTimeout = timeout });

    private static IReadOnlyList<ProxiedConnection> Hold(TcpProxy proxy)
    {
        foreach (var connection in proxy.Connections) connection.ToServer.Hold();
        return proxy.Connections;
    }

    private static async Task WaitForHeldAsync(IReadOnlyList<ProxiedConnection> connections) =>
        await Task.WhenAny(connections.Select(connection => connection.ToServer.WaitForHeldAsync("EVALSHA"u8.ToArray())));

    private static void Cut(IReadOnlyList<ProxiedConnection> connections)
    {
        foreach (var connection in connections) connection.CutClient();
    }

    // The server ends each connection when it has done what came on it.
    private static async Task DeliverAsync(IReadOnlyList<ProxiedConnection> connections)
    {
        foreach (var connection in connections) await connection.ToServer.DeliverAsync();
        await TestHost.UntilAsync(() => connections.All(connection => connection.ToClient.IsOver));
    }

    // Its own time is short, and it has to connect again.
    private static async Task<KeyValueCommitResult> TryPutAsync(RedisKeyValueBackend backend)
    {
        while (true)
        {
            try
            {
                return await PutAsync(backend, "key", [3]);
            }
            catch (RedisKeyValueException)
            {
                // Not connected yet.
            }
        }
    }
}
