using FluentAssertions;
using StackExchange.Redis;
using WasiCloud.Embedding.Redis.Server;
using WasiCloud.Embedding.Redis.Transport;
using Xunit;

namespace WasiCloud.Embedding.Redis.Tests.Transport;

/// <summary>What reaches the server late, on a connection that its process has given up.</summary>
public sealed class LateMessageTests : TransportTestBase
{
    private IDatabase _database = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _database = await ConnectAsync();
        foreach (var host in (string[])["server", "caller"]) await RunAsync(_database, TransportScripts.Renew, host, 600_000, "echo");
    }

    [Fact]
    public async Task Take_OvertakenByALaterOne_TakesNothing()
    {
        // The first got no answer; the second has, and then there is a call.
        (await TakeAsync(run: 2, isRepeated: true)).Should().ContainSingle();
        await SendAsync("call");

        (await TakeAsync(run: 1, isRepeated: false)).Should().ContainSingle();

        (await TakeAsync(run: 3, isRepeated: false)).Should().HaveCount(1 + IncomingCall.Values, "the call is still there");
    }

    [Fact]
    public async Task Send_OfACallThatWasWithdrawn_IsGivenToNobody()
    {
        await RunAsync(_database, TransportScripts.Withdraw, "echo", "call", 60_000);

        (await SendAsync("call")).Should().Be("none");

        (await TakeAsync(run: 1, isRepeated: false)).Should().ContainSingle();
    }

    [Fact]
    public async Task Answer_AfterTheCallerHasGivenUp_IsToldToNobody()
    {
        await SendAsync("call");
        var taken = await TakeAsync(run: 1, isRepeated: false);
        await RunAsync(_database, TransportScripts.Withdraw, "echo", "call", 0);

        ((long)await RunAsync(_database, TransportScripts.Answer, "call", "caller", string.Empty, "late", $"server {taken[0]}")).Should().Be(0);

        ((RedisValue[])(await RunAsync(_database, TransportScripts.Receive, "caller", 16))!).Should().BeEmpty();
    }

    [Fact]
    public async Task AnyMessage_AfterItsTime_DoesNothing()
    {
        foreach (var script in (Script[])[TransportScripts.Send, TransportScripts.Take, TransportScripts.Return, TransportScripts.Renew, TopicScripts.Publish])
        {
            var late = () => script.RunAsync(_database, [$"{{{Name}}}:hosts"], [$"{{{Name}}}:", "echo", "call", "caller", 0, 0, 10, 1000, "x", 600_000, 1]);
            await late.Should().ThrowAsync<RedisServerException>().WithMessage("*WASILATE*");
        }

        (await TakeAsync(run: 1, isRepeated: false)).Should().ContainSingle();
    }

    private async Task<RedisValue[]> TakeAsync(int run, bool isRepeated) =>
        (RedisValue[])(await RunAsync(_database, TransportScripts.Take, "echo", "server", 8, 600_000, 0, run, isRepeated ? 1 : 0))!;

    private async Task<string?> SendAsync(string call) =>
        (string?)await RunAsync(_database, TransportScripts.Send, "echo", call, "caller", 60_000, 0, 10, 1000, "request", 600_000);
}
