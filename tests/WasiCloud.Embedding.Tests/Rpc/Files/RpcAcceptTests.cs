using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.Rpc.Files;

/// <summary><c>accept</c>: what a guest that serves sees.</summary>
public sealed class RpcAcceptTests : RpcTestBase
{
    [Fact]
    public async Task Open_WithoutACall_WaitsForOne()
    {
        var accepted = Server.OpenAsync("extra/guest/accept", 0, ReadWrite);
        accepted.IsCompleted.Should().BeFalse();

        var response = ReadAsync(Client, await RequestAsync(Client, "guest", "x"));

        (await ReadAsync(Server, await accepted.WaitAsync(Patience))).Text.Should().Be("x");
        response.IsCompleted.Should().BeFalse();
        await Server.Descriptors.CloseAllAsync(CloseReason.Abandoned, default);
        (await response).Error.Should().Be(Errno.IO);
    }

    [Theory]
    [InlineData(2UL)]
    [InlineData(64UL)]
    public async Task Open_ForReadingOrWritingAlone_IsAccess(ulong rights) =>
        (await OpenErrorAsync(Server, "guest/accept", (WasiCloud.Embedding.Descriptors.Rights)rights)).Should().Be(Errno.Access);

    [Fact]
    public async Task Calls_GoOut_InTheOrderInWhichTheyCame()
    {
        await ListenAsync(Server);
        foreach (var text in new[] { "1", "2", "3" }) await Client.CloseAsync(await RequestAsync(Client, "guest", text));

        foreach (var text in new[] { "1", "2", "3" })
        {
            var accepted = await OpenAsync(Server, "guest/accept");
            (await ReadAsync(Server, accepted)).Text.Should().Be(text);
            await Server.CloseAsync(accepted);
        }
    }

    [Fact]
    public async Task Servers_ThatWait_TakeTurns()
    {
        var second = NewGuest();
        var first = Server.OpenAsync("extra/guest/accept", 0, ReadWrite);
        var other = second.OpenAsync("extra/guest/accept", 0, ReadWrite);

        await Client.CloseAsync(await RequestAsync(Client, "guest", "1"));
        await Client.CloseAsync(await RequestAsync(Client, "guest", "2"));

        (await ReadAsync(Server, await first.WaitAsync(Patience))).Text.Should().Be("1");
        (await ReadAsync(second, await other.WaitAsync(Patience))).Text.Should().Be("2");
    }

    [Fact]
    public async Task Close_WithoutAnAnswer_IsIOForTheCaller()
    {
        await ListenAsync(Server);
        var response = ReadAsync(Client, await RequestAsync(Client, "guest", "x"));
        var accepted = await OpenAsync(Server, "guest/accept");

        (await Server.CloseAsync(accepted)).Should().Be(Errno.Success);

        (await response).Error.Should().Be(Errno.IO);
    }

    [Fact]
    public async Task Flush_WithoutAnAnswer_IsTheEmptyAnswer()
    {
        await ListenAsync(Server);
        var response = ReadAsync(Client, await RequestAsync(Client, "guest", "x"));
        var accepted = await OpenAsync(Server, "guest/accept");

        (await Server.CallAsync("fd_sync", accepted)).Should().Be(Errno.Success);

        (await response).Should().Be((Errno.Success, ""));
        (await Server.WriteAsync(accepted, "more")).Error.Should().Be(Errno.Pipe);
        (await Server.CloseAsync(accepted)).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Server_KilledInTheMiddleOfItsAnswer_IsIOForTheCaller()
    {
        await ListenAsync(Server);
        var response = ReadAsync(Client, await RequestAsync(Client, "guest", "x"));
        await Server.WriteAsync(await OpenAsync(Server, "guest/accept"), "half");

        await Server.Descriptors.CloseAllAsync(CloseReason.Abandoned, default);

        (await response).Error.Should().Be(Errno.IO);
    }

    [Fact]
    public async Task Answer_OverTheLimit_IsMsgSizeAndIOForTheCaller()
    {
        await ListenAsync(Server);
        var response = ReadAsync(Client, await RequestAsync(Client, "guest", "x"));
        var accepted = await OpenAsync(Server, "guest/accept");
        await Server.WriteAsync(accepted, new string('x', 1000));

        (await Server.WriteAsync(accepted, "x")).Error.Should().Be(Errno.MsgSize);
        (await Server.WriteAsync(accepted, "x")).Error.Should().Be(Errno.MsgSize);
        (await Server.CloseAsync(accepted)).Should().Be(Errno.MsgSize);

        (await response).Error.Should().Be(Errno.IO);
    }

    [Fact]
    public async Task Caller_ThatIsKilled_IsPipeForTheServer()
    {
        await ListenAsync(Server);
        using var kill = new CancellationTokenSource();
        Client.CancellationToken = kill.Token;
        var call = await RequestAsync(Client, "guest", "x");
        var response = ReadAsync(Client, call);
        var accepted = await OpenAsync(Server, "guest/accept");
        await kill.CancelAsync();
        await FluentActions.Awaiting(() => response).Should().ThrowAsync<OperationCanceledException>();

        await Client.Descriptors.CloseAllAsync(CloseReason.Abandoned, default);

        (await ReadAsync(Server, accepted)).Text.Should().Be("x");
        (await Server.WriteAsync(accepted, "y")).Error.Should().Be(Errno.Pipe);
        (await Server.CloseAsync(accepted)).Should().Be(Errno.Pipe);
    }

    [Fact]
    public async Task Caller_ThatIsKilledBeforeAServerLooks_IsNoCall()
    {
        await ListenAsync(Server);
        var call = await RequestAsync(Client, "guest", "x", NonBlocking);
        (await ReadAsync(Client, call)).Error.Should().Be(Errno.Again);

        await Client.Descriptors.CloseAllAsync(CloseReason.Abandoned, default);

        (await OpenErrorAsync(Server, "guest/accept", flags: NonBlocking)).Should().Be(Errno.Again);
    }

    [Fact]
    public async Task Server_KilledWhileItWaits_GetsNoCall()
    {
        using var kill = new CancellationTokenSource();
        Server.CancellationToken = kill.Token;
        var waiting = Server.OpenAsync("extra/guest/accept", 0, ReadWrite);
        await kill.CancelAsync();
        await FluentActions.Awaiting(() => waiting).Should().ThrowAsync<OperationCanceledException>();

        var other = NewGuest();
        await Client.CloseAsync(await RequestAsync(Client, "guest", "x"));

        (await ReadAsync(other, await OpenAsync(other, "guest/accept"))).Text.Should().Be("x");
    }

    [Fact]
    public async Task Stop_OfAService_RefusesCallsAndEndsServers()
    {
        var other = NewGuest();
        await ListenAsync(Server);
        await Client.CloseAsync(await RequestAsync(Client, "guest", "last"));

        Services.Stop("guest");

        (await OpenErrorAsync(Client, "guest/call")).Should().Be(Errno.ConnRefused);
        (await ReadAsync(Server, await OpenAsync(Server, "guest/accept"))).Text.Should().Be("last", "what waits is served");
        (await OpenErrorAsync(Server, "guest/accept")).Should().Be(Errno.Canceled);
        (await OpenErrorAsync(other, "guest/accept", flags: NonBlocking)).Should().Be(Errno.Canceled);
    }

    [Fact]
    public async Task Stop_OfAService_WakesServersThatWait()
    {
        var waiting = OpenErrorAsync(Server, "guest/accept");

        Services.Stop("guest");

        (await waiting).Should().Be(Errno.Canceled);
    }

    [Fact]
    public async Task Acceptor_WhoseGuestIsToEnd_GetsNoCall()
    {
        using var stopping = new CancellationTokenSource();
        var service = Services.Find("guest")!;
        var acceptor = new RpcAcceptor(stopping.Token);
        var waiting = service.AcceptAsync(acceptor, default).AsTask();

        await stopping.CancelAsync();

        (await waiting.WaitAsync(Patience)).Should().BeNull();
        (await service.AcceptAsync(acceptor, default)).Should().BeNull();
    }
}
