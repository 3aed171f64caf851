using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using WasiCloud.Embedding.Redis.Transport;
using Xunit;

namespace WasiCloud.Embedding.Redis.Tests.Transport;

/// <summary>What one script of the transport reads, returns, keeps and deletes, however much there is.</summary>
public sealed class TransportLimitTests : TransportTestBase
{
    private const int OneMiB = 1 << 20;
    private const int MaxSteps = 256;
    private const long MaxInboxBytes = 64L << 20;

    [Fact]
    public async Task Publish_LargeMessagesAfterSmall_KeepsNoMoreBytesThanAllowed()
    {
        const int MaxBytes = 64 << 10;
        var database = await ConnectAsync();
        for (var index = 0; index < 400; index++) await PublishAsync(database, 1000, 10, MaxBytes);
        (await database.StreamLengthAsync(Key("t:news:messages"))).Should().Be(400);

        for (var index = 0; index < 40; index++) await PublishAsync(database, 1000, 10_000, MaxBytes);

        var kept = await database.StreamRangeAsync(Key("t:news:messages"));
        kept.Sum(entry => entry.Values[0].Value.Length()).Should().Be(60_000).And.Be((long)await database.StringGetAsync(Key("t:news:bytes")));
        (await database.ListLengthAsync(Key("t:news:sizes"))).Should().Be(6);
        ((RedisResult[])(await RunAsync(database, TopicScripts.Read, "news", 0, 64))!).Should().HaveCount(2 + (2 * 6));
    }

    [Fact]
    public async Task Publish_MoreMessagesThanAreKept_ForgetsTheirLengthsToo()
    {
        var database = await ConnectAsync();
        for (var index = 0; index < 300; index++) await PublishAsync(database, 20, 10, 1 << 20);

        (await database.ListLengthAsync(Key("t:news:sizes"))).Should().Be(20);
        (await database.StreamLengthAsync(Key("t:news:messages"))).Should().Be(20);
        ((long)await database.StringGetAsync(Key("t:news:bytes"))).Should().Be(200);
    }

    [Fact]
    public async Task Publish_OneLongerThanTheLimit_IsKeptAlone()
    {
        var database = await ConnectAsync();
        await PublishAsync(database, 20, 10, 100);
        await PublishAsync(database, 20, 1000, 100);

        (await database.StreamRangeAsync(Key("t:news:messages"))).Should().ContainSingle().Which.Values[0].Value.Length().Should().Be(1000);
    }

    [Fact]
    public async Task Publish_OfAProcessWithALimit_KeepsSoManyBytes()
    {
        var host = NewHost(builder => builder.AddTopic("news"), options => options.MaxHistoryBytes = 64 << 10);
        for (var index = 0; index < 10; index++) await TopicsOf(host).PublishAsync("news", new byte[20_000]);

        ((long)await (await ConnectAsync()).StringGetAsync(Key("t:news:bytes"))).Should().Be(60_000);
    }

    [Fact]
    public async Task Read_LargeMessages_StopsAfterOneMiB()
    {
        var database = await ConnectAsync();
        for (var index = 0; index < 8; index++) await PublishAsync(database, 100, 700_000, 100L << 20);

        var (read, after) = (0, 0L);
        while (read < 8)
        {
            var reply = (RedisValue[])(await RunAsync(database, TopicScripts.Read, "news", after, 64))!;
            reply.Should().HaveCount(2 + (2 * 2));
            read += 2;
            after = (long)reply[^2];
        }
    }

    [Fact]
    public async Task Receive_LargeResponses_StopsAfterOneMiBAndCounts()
    {
        var database = await ConnectAsync();
        await RunAsync(database, TransportScripts.Renew, "caller", 600_000);
        for (var index = 0; index < 5; index++) await AnswerAsync(database, $"call{index}", new byte[600_000]);
        ((long)await database.StringGetAsync(Key("inbox:caller:bytes"))).Should().Be(3_000_000);

        var counts = new List<int>();
        for (var rest = 5; rest > 0; rest -= counts[^1])
            counts.Add(((RedisValue[])(await RunAsync(database, TransportScripts.Receive, "caller", 64))!).Length / 4);

        counts.Should().Equal(2, 2, 1);
        (await database.KeyExistsAsync(Key("inbox:caller:bytes"))).Should().BeFalse();
    }

    [Fact]
    public async Task Inbox_OfAProcessThatReadsNothing_IsBoundedAndEnds()
    {
        var database = await ConnectAsync();
        await RunAsync(database, TransportScripts.Renew, "caller", 600_000);
        await AnswerAsync(database, "first", new byte[100]);
        (await database.KeyTimeToLiveAsync(Key("inbox:caller"))).Should().BeLessThanOrEqualTo(TimeSpan.FromMinutes(1));
        (await database.KeyTimeToLiveAsync(Key("inbox:caller:bytes"))).Should().BeLessThanOrEqualTo(TimeSpan.FromMinutes(1));
        await database.StringSetAsync(Key("inbox:caller:bytes"), MaxInboxBytes);

        await AnswerAsync(database, "second", new byte[100]);

        (await database.ListLengthAsync(Key("inbox:caller"))).Should().Be(4, "only the first was told");
        ((string[])(await RunAsync(database, TransportScripts.Check, "echo", "second"))!)
            .Should().Equal([TransportScripts.Gone], "so its caller learns that it failed");
        await RunAsync(database, TransportScripts.Receive, "caller", 64);
        await AnswerAsync(database, "third", new byte[100]);
        ((long)await database.StringGetAsync(Key("inbox:caller:bytes"))).Should().Be(100, "what was not counted down is forgotten with an empty inbox");
    }

    [Fact]
    public async Task Inbox_OfADeadProcess_IsToldNothing()
    {
        var database = await ConnectAsync();
        await RunAsync(database, TransportScripts.Renew, "caller", 0);

        await AnswerAsync(database, "call", new byte[100]);

        (await database.KeyExistsAsync(Key("inbox:caller"))).Should().BeFalse();
    }

    [Fact]
    public async Task Take_ManyCallsOfDeadProcesses_PassesOverThemInParts()
    {
        var database = await ConnectAsync();
        await RunAsync(database, TransportScripts.Renew, "server", 600_000, "echo");
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(index => SendAsync(database, $"dead{index}", "dead", lease: 0)));
        await SendAsync(database, "alive", "caller", lease: 600_000);

        var rounds = 0;
        RedisValue[] taken;
        do
        {
            taken = (RedisValue[])(await RunAsync(database, TransportScripts.Take, "echo", "server", 32, 600_000, 0, 1, 0))!;
            rounds++;
        }
        while (taken.Length == 1);

        rounds.Should().Be((1001 + MaxSteps - 1) / MaxSteps);
        taken[1].Should().Be("alive");
    }

    [Fact]
    public async Task Server_BehindManyCallsOfDeadProcesses_GetsToTheLiving()
    {
        var database = await ConnectAsync();
        await RunAsync(database, TransportScripts.Renew, "other", 600_000, "echo");
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(index => SendAsync(database, $"dead{index}", "dead", lease: 0)));
        NewHost(builder => builder.AddRpcService("echo", Echo("echo:")), options => options.PollInterval = TimeSpan.FromMinutes(10));
        var caller = NewHost(builder => builder.AddRpcService("echo"), options => options.PollInterval = TimeSpan.FromMinutes(10));

        (await CallAsync(caller, "echo", "x")).Should().Be("echo:x");
    }

    [Fact]
    public async Task Resign_ManyCallsWait_RefusesThemInPartsAndAll()
    {
        var database = await ConnectAsync();
        await RunAsync(database, TransportScripts.Renew, "server", 600_000, "echo");
        await Task.WhenAll(Enumerable.Range(0, 600).Select(index => SendAsync(database, $"{index}", "caller", lease: 600_000)));

        var results = new List<long>();
        do results.Add((long)await RunAsync(database, TransportScripts.Resign, "server", "echo"));
        while (results[^1] == 0);

        results.Should().Equal(0, 0, 1);
        (await database.ListLengthAsync(Key("inbox:caller"))).Should().Be(4 * 600);
        foreach (var key in new[] { "queue", "calls", "bytes" }) (await database.KeyExistsAsync(Key("s:echo:" + key))).Should().BeFalse();
    }

    [Fact]
    public async Task Resign_LargeCallsWait_LooksAtAFewAtATime()
    {
        var database = await ConnectAsync();
        await RunAsync(database, TransportScripts.Renew, "server", 600_000, "echo");
        for (var index = 0; index < 4; index++) await SendAsync(database, $"{index}", "caller", lease: 600_000, bytes: OneMiB);

        ((long)await RunAsync(database, TransportScripts.Resign, "server", "echo")).Should().Be(0);

        (await database.ListLengthAsync(Key("s:echo:queue"))).Should().Be(3);
    }

    private RedisKey Key(string name) => $"{{{Name}}}:{name}";

    private Task<RedisResult> PublishAsync(IDatabase database, int messages, int length, long bytes) =>
        RunAsync(database, TopicScripts.Publish, "news", messages, new byte[length], bytes);

    private async Task AnswerAsync(IDatabase database, string call, byte[] response)
    {
        await database.StringSetAsync(Key("taken:" + call), "server 1");
        ((long)await RunAsync(database, TransportScripts.Answer, call, "caller", string.Empty, response, "server 1")).Should().Be(1);
    }

    private async Task SendAsync(IDatabase database, string call, string host, int lease, int bytes = 1) =>
        ((string)(await RunAsync(database, TransportScripts.Send, "echo", call, host, 0, 0, 100_000, 100L << 20, new byte[bytes], lease))!).Should().Be("sent");
}
