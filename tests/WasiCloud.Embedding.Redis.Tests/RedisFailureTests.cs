using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using FluentAssertions;
using StackExchange.Redis;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Redis.KeyValue;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Redis.Tests;

/// <summary>Servers that end, stand still, start again or refuse; each test has its own.</summary>
public sealed class RedisFailureTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(1);

    // A quarter of a second for noticing, and the rest for a busy machine.
    private static readonly TimeSpan BoundWithMargin = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Commits_ServerKilledAndRestarted_NoneIsLostOrAppliedTwice()
    {
        const int Writers = 8, Kills = 3;
        await using var server = await RedisServer.StartAsync("--appendfsync", "always");
        await using var backend = new RedisKeyValueBackend(new() { Configuration = server.Configuration, OperationTimeout = TimeSpan.FromSeconds(30) });
        var acknowledged = new int[Writers];
        using var done = new CancellationTokenSource();

        // Half of the writers go through compare-and-swap, the other half rely on each commit being applied once: a put that expects what the one before wrote.
        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                await IncrementAsync(backend, $"counter{writer / 2}", writer % 2 == 0 ? null : Guid.NewGuid().ToString());
                Interlocked.Increment(ref acknowledged[writer]);
            }
        })).ToList();
        for (var kill = 0; kill < Kills; kill++)
        {
            await WaitForMoreAsync(acknowledged, 200);
            await server.KillAsync();
            await server.StartAgainAsync();
        }

        await WaitForMoreAsync(acknowledged, 200);
        await done.CancelAsync();
        await Task.WhenAll(writers);

        for (var counter = 0; counter < Writers / 2; counter++)
            (await GetNumberAsync(backend, $"counter{counter}")).Should().Be(acknowledged[2 * counter] + acknowledged[(2 * counter) + 1]);
    }

    [Fact]
    public async Task Watch_ServerKilledAndRestarted_LosesAndRepeatsNothing()
    {
        await using var server = await RedisServer.StartAsync("--appendfsync", "always");
        var options = new RedisKeyValueOptions
        {
            Configuration = server.Configuration,
            OperationTimeout = TimeSpan.FromSeconds(30),
            PollInterval = TimeSpan.FromMilliseconds(50)
        };
        await using var watching = new RedisKeyValueBackend(options);
        await using var committing = new RedisKeyValueBackend(options);
        var seen = new ConcurrentQueue<KeyValueChange>();
        var first = await PutAsync(committing, "first");
        using var done = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var watch = Task.Run(async () =>
        {
            await foreach (var change in watching.WatchAsync(string.Empty, first, done.Token))
            {
                seen.Enqueue(change);
                if (change.Key == "last") break;
            }
        });

        for (var index = 0; index < 300; index++)
        {
            if (index is 100 or 200)
            {
                await server.KillAsync();
                await server.StartAgainAsync();
            }

            await PutAsync(committing, $"{index}");
        }

        await PutAsync(committing, "last");
        await watch;

        seen.Select(change => change.Key).Should().Equal([.. Enumerable.Range(0, 300).Select(index => $"{index}"), "last"]);
        seen.Select(change => change.Revision).Should().Equal(Enumerable.Range(1, 301).Select(count => first + count));
    }

    [Fact]
    public async Task Anything_ServerEnded_FailsInTimeAndRecoversAfterRestart()
    {
        await using var server = await RedisServer.StartAsync("--appendfsync", "always");
        await using var backend = new RedisKeyValueBackend(new() { Configuration = server.Configuration, OperationTimeout = Bound });
        var first = await PutAsync(backend, "key");
        await server.KillAsync();

        await ExpectFailureAsync(server, "get", async () => await backend.GetAsync("key", 9, default));
        await ExpectFailureAsync(server, "commit", () => PutAsync(backend, "key"));
        await ExpectFailureAsync(server, "list", async () => await backend.ListAsync(string.Empty, null, default).GetAsyncEnumerator().MoveNextAsync());
        await ExpectFailureAsync(server, "watch", async () => await backend.WatchAsync(string.Empty, 0, default).GetAsyncEnumerator().MoveNextAsync());
        await server.StartAgainAsync();

        (await PutAsync(backend, "key")).Should().Be(first + 1);
        (await backend.GetAsync("key", 9, default))!.Revision.Should().Be(first + 1);
    }

    [Fact]
    public async Task FirstUse_ServerNotYetThere_WaitsForIt()
    {
        await using var server = await RedisServer.StartAsync();
        await server.KillAsync();
        await using var backend = new RedisKeyValueBackend(new() { Configuration = server.Configuration, OperationTimeout = TimeSpan.FromSeconds(30) });

        var put = PutAsync(backend, "key");
        await server.StartAgainAsync();

        (await put).Should().BePositive();
    }

    [Fact]
    public async Task Anything_ServerStandsStill_FailsInTimeAndNothingIsAppliedTwice()
    {
        await using var server = await RedisServer.StartAsync();
        await using var backend = new RedisKeyValueBackend(new() { Configuration = server.Configuration, OperationTimeout = Bound });
        await IncrementAsync(backend, "counter", null);
        await server.PauseAsync();

        // The first is on its way and the second waits behind it; both fail, and both may yet be applied.
        var batch = new KeyValueBatch(KeyValueOperation.Put("once", new byte[1], KeyValueCondition.Absent)) { IdempotencyToken = "token" };
        var commit = ExpectFailureAsync(server, "commit", async () => await backend.CommitAsync(batch, default));
        var later = ExpectFailureAsync(server, "commit", () => PutAsync(backend, "later"));
        await ExpectFailureAsync(server, "get", async () => await backend.GetAsync("counter", 9, default));
        await commit;
        await later;
        await server.ContinueAsync();

        // The same token tells what became of it: applied now or before, once.
        var result = await backend.CommitAsync(batch, default);
        result.Succeeded.Should().BeTrue();
        (await backend.GetAsync("once", 9, default))!.Revision.Should().Be(result.Revision);
        await IncrementAsync(backend, "counter", null);
        (await GetNumberAsync(backend, "counter")).Should().Be(2);
        await using var changes = backend.WatchAsync("once", 0, default).GetAsyncEnumerator();
        (await changes.MoveNextAsync()).Should().BeTrue();
        var again = changes.MoveNextAsync();
        await PutAsync(backend, "once2");
        (await again).Should().BeTrue();
        changes.Current.Key.Should().Be("once2");
    }

    [Fact]
    public async Task Commits_ServerStandsStillForAWhile_AreAppliedOnce()
    {
        await using var server = await RedisServer.StartAsync();
        await using var backend = new RedisKeyValueBackend(new() { Configuration = server.Configuration, OperationTimeout = TimeSpan.FromSeconds(20) });
        await IncrementAsync(backend, "counter", null);
        await server.PauseAsync();

        var increments = Enumerable.Range(0, 20).Select(_ => IncrementAsync(backend, "counter", null)).ToList();
        increments.Should().OnlyContain(increment => !increment.IsCompleted);
        await server.ContinueAsync();
        await Task.WhenAll(increments);

        (await GetNumberAsync(backend, "counter")).Should().Be(21);
    }

    [Fact]
    public async Task Commit_CopyArrivesLate_ChangesNothing()
    {
        // What a repetition over a new connection looks like to the server: the same call twice, and once more after a later one.
        await using var server = await RedisServer.StartAsync();
        await using var raw = await ConnectionMultiplexer.ConnectAsync(server.Configuration);
        var keys = new ScopeKeys("wc:", "default");
        var arguments = new CommitArguments(keys, new RedisKeyValueOptions { HistoryLength = 100 }, TimeProvider.System);
        Task<RedisResult> SendAsync(long number, string value)
        {
            arguments.Begin(number, DateTimeOffset.MaxValue);
            arguments.Add(new(KeyValueOperation.Put("key", Encoding.UTF8.GetBytes(value))));
            return Scripts.Commit.RunAsync(raw.GetDatabase(), [.. keys.Shared, keys.Writer("writer")], arguments.ToArray());
        }

        var first = (byte[])(await SendAsync(1, "first"))!;
        ((byte[])(await SendAsync(1, "first"))!)[9..].Should().Equal(first[9..], "all but the time is the same");
        await SendAsync(2, "second");
        await FluentActions.Awaiting(() => SendAsync(1, "first")).Should().ThrowAsync<RedisServerException>().WithMessage("*WASISTALE*");

        await using var backend = new RedisKeyValueBackend(new() { Configuration = server.Configuration });
        (await backend.GetAsync("key", 9, default))!.Revision.Should().Be(BinaryPrimitives.ReadInt64BigEndian(first.AsSpan(9)) + 1);
        Encoding.UTF8.GetString((await backend.GetAsync("key", 9, default))!.Value!.Value.Span).Should().Be("second");
    }

    [Fact]
    public async Task Connect_PasswordMissingOrWrong_SaysSo()
    {
        await using var server = await RedisServer.StartAsync("--requirepass", "secret");
        foreach (var suffix in new[] { string.Empty, ",password=wrong" })
        {
            // Found out long before the operation's time is over, as no other attempt would help.
            await using var backend =
                new RedisKeyValueBackend(new() { Configuration = server.Configuration + suffix, OperationTimeout = TimeSpan.FromMinutes(5) });
            var failure = await ExpectFailureAsync(server, "get", async () => await backend.GetAsync("key", 9, default));
            failure.Message.Should().MatchRegex("(?i)auth|password").And.NotContain("wrong");
        }

        await using var right = new RedisKeyValueBackend(new() { Configuration = server.Configuration + ",password=secret" });
        (await PutAsync(right, "key")).Should().BePositive();
    }

    [Fact]
    public async Task Connect_ServerEvictsAnything_IsRefused()
    {
        await using var server = await RedisServer.StartAsync("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru");
        await using var backend = new RedisKeyValueBackend(new() { Configuration = server.Configuration });

        (await ExpectFailureAsync(server, "connect", () => PutAsync(backend, "key"))).Message.Should().Contain("allkeys-lru").And.Contain("noeviction");
    }

    [Fact]
    public async Task Commit_Replica_FailsInTimeAndChangesNothing()
    {
        await using var server = await RedisServer.StartAsync();
        await using var raw = await ConnectionMultiplexer.ConnectAsync(server.Configuration + ",allowAdmin=true");
        long first;
        await using (var backend = new RedisKeyValueBackend(new() { Configuration = server.Configuration, OperationTimeout = Bound }))
        {
            first = await PutAsync(backend, "key");
            await raw.GetDatabase().ExecuteAsync("REPLICAOF", "127.0.0.1", "1");

            await ExpectFailureAsync(server, "commit", () => PutAsync(backend, "key"));
        }

        // What was on its way when the time was over has been refused before this.
        await raw.GetDatabase().PingAsync();
        await raw.GetDatabase().ExecuteAsync("REPLICAOF", "NO", "ONE");
        await using var after = new RedisKeyValueBackend(new() { Configuration = server.Configuration, OperationTimeout = TimeSpan.FromSeconds(30) });
        (await PutAsync(after, "key")).Should().Be(first + 1);
    }

    private static async Task<RedisKeyValueException> ExpectFailureAsync(RedisServer server, string operation, Func<Task> run)
    {
        var patience = Stopwatch.StartNew();
        var failure = (await FluentActions.Awaiting(run).Should().ThrowAsync<RedisKeyValueException>().WithMessage($"*{server.Configuration}*")).Which;
        patience.Elapsed.Should().BeLessThan(BoundWithMargin);
        failure.Operation.Should().Be(operation);
        failure.Endpoint.Should().Be(server.Configuration);
        return failure;
    }

    private static async Task<long> PutAsync(RedisKeyValueBackend backend, string key) =>
        (await backend.CommitAsync(new(KeyValueOperation.Put(key, new byte[1])), default)).Revision;

    private static async Task IncrementAsync(RedisKeyValueBackend backend, string key, string? token)
    {
        while (true)
        {
            var entry = await backend.GetAsync(key, 20, default);
            var number = entry is null ? 0 : int.Parse(entry.Value!.Value.Span, CultureInfo.InvariantCulture);
            var value = Encoding.UTF8.GetBytes((number + 1).ToString(CultureInfo.InvariantCulture));
            var batch = new KeyValueBatch(KeyValueOperation.Put(key, value, KeyValueCondition.AtRevision(entry?.Revision ?? 0))) { IdempotencyToken = token };
            if ((await backend.CommitAsync(batch, default)).Succeeded) return;
        }
    }

    private static async Task<int> GetNumberAsync(RedisKeyValueBackend backend, string key) =>
        int.Parse((await backend.GetAsync(key, 20, default))!.Value!.Value.Span, CultureInfo.InvariantCulture);

    private static Task WaitForMoreAsync(int[] acknowledged, int more)
    {
        var enough = acknowledged.Sum() + more;
        return TestHost.UntilAsync(() => acknowledged.Sum() >= enough);
    }
}
