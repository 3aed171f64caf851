using System.Buffers;
using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.Rpc.Files;

/// <summary><c>call</c>: what a guest that calls sees.</summary>
public sealed class RpcCallTests : RpcTestBase
{
    [Fact]
    public async Task Call_OfAHandler_GivesTheResponseAndItsEnd()
    {
        var file = await RequestAsync(Client, "host", "one ");
        (await Client.WriteAsync(file, "two")).Error.Should().Be(Errno.Success);

        (await ReadAsync(Client, file, 6)).Should().Be((Errno.Success, "echo:o"));
        (await ReadAsync(Client, file)).Should().Be((Errno.Success, "ne two"));
        (await ReadAsync(Client, file)).Should().Be((Errno.Success, ""));
        (await Client.CloseAsync(file)).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Call_OfAGuest_GivesItsAnswer()
    {
        await ListenAsync(Server);
        var call = await RequestAsync(Client, "guest", "question");
        var response = ReadAsync(Client, call);

        var accepted = await OpenAsync(Server, "guest/accept");
        (await ReadAsync(Server, accepted)).Should().Be((Errno.Success, "question"));
        (await ReadAsync(Server, accepted)).Should().Be((Errno.Success, ""));
        await Server.WriteAsync(accepted, "ans");
        await Server.WriteAsync(accepted, "wer");
        response.IsCompleted.Should().BeFalse("an answer shows as a whole, at close");
        (await Server.CloseAsync(accepted)).Should().Be(Errno.Success);

        (await response).Should().Be((Errno.Success, "answer"));
        (await ReadAsync(Client, call)).Should().Be((Errno.Success, ""));
    }

    [Fact]
    public async Task Poll_TellsWhatIsLeftOfTheResponseAndTheRequest()
    {
        await ListenAsync(Server);
        var call = await RequestAsync(Client, "guest", "question");
        var response = ReadAsync(Client, call, 4);
        var accepted = await OpenAsync(Server, "guest/accept");
        (await Server.AvailableAsync(accepted)).Should().Be((8UL, false));
        await ReadAsync(Server, accepted, 5);
        (await Server.AvailableAsync(accepted)).Should().Be((3UL, false));
        await ReadAsync(Server, accepted);

        // The request is at its end, and its caller waits: that is no hang-up.
        (await Server.AvailableAsync(accepted)).Should().Be((0UL, false));
        await Server.WriteAsync(accepted, "answer");
        await Server.CloseAsync(accepted);

        await response;
        (await Client.AvailableAsync(call)).Should().Be((2UL, false));
        await ReadAsync(Client, call);
        (await Client.AvailableAsync(call)).Should().Be((0UL, true));
    }

    [Fact]
    public async Task Poll_ResponseThatIsNotRead_TellsHowLongItIs()
    {
        var call = await RequestAsync(Client, "host", "one");
        var polled = await ReadyAsync(call);

        polled.Should().Be((8UL, false));
    }

    [Fact]
    public async Task Call_WithoutWriting_IsAnEmptyRequest()
    {
        var file = await OpenAsync(Client, "host/call", Rights.FdRead);

        (await ReadAsync(Client, file)).Should().Be((Errno.Success, "echo:"));
    }

    [Theory]
    [InlineData("hidden/call", Errno.NoEnt)]
    [InlineData("unknown/call", Errno.NoEnt)]
    [InlineData("call-only/accept", Errno.NoEnt)]
    [InlineData("host/accept", Errno.NoEnt)]
    [InlineData("guest/other", Errno.NoEnt)]
    [InlineData("guest/call", Errno.ConnRefused)]
    public async Task Open_OfWhatIsNotThere_SaysWhy(string path, Errno expected) => (await OpenErrorAsync(Client, path)).Should().Be(expected);

    [Fact]
    public async Task Call_AfterTheLastServerEnded_IsRefused()
    {
        await ListenAsync(Server);
        var waiting = ReadAsync(Client, await RequestAsync(Client, "guest", "x"));
        Services.Find("guest")!.RemoveServer();

        (await waiting).Error.Should().Be(Errno.ConnRefused, "no server has seen it");
        (await OpenErrorAsync(Client, "guest/call")).Should().Be(Errno.ConnRefused);
        Services.Find("guest")!.AddServer();
    }

    [Fact]
    public async Task Write_OverTheLimit_IsMsgSizeForGood()
    {
        var file = await RequestAsync(Client, "host", new string('x', 900));

        (await Client.WriteAsync(file, new string('x', 101))).Error.Should().Be(Errno.MsgSize);

        (await Client.WriteAsync(file, "x")).Error.Should().Be(Errno.MsgSize);
        (await ReadAsync(Client, file)).Error.Should().Be(Errno.MsgSize);
        (await Client.CloseAsync(file)).Should().Be(Errno.MsgSize);
    }

    [Fact]
    public async Task Write_AfterTheRequestEnded_IsPipe()
    {
        var file = await RequestAsync(Client, "host", "x");
        await ReadAsync(Client, file);

        (await Client.WriteAsync(file, "y")).Error.Should().Be(Errno.Pipe);
    }

    [Fact]
    public async Task Read_PastTheDeadline_IsTimedOutAndTheServerGetsPipe()
    {
        await ListenAsync(Server);
        var call = await RequestAsync(Client, "guest", "x");
        var response = ReadAsync(Client, call);
        var accepted = await OpenAsync(Server, "guest/accept");
        await Server.WriteAsync(accepted, "late");

        Clock.Advance(TimeSpan.FromSeconds(29));
        response.IsCompleted.Should().BeFalse();
        Clock.Advance(TimeSpan.FromSeconds(1));

        (await response).Error.Should().Be(Errno.TimedOut);
        (await ReadAsync(Client, call)).Error.Should().Be(Errno.TimedOut);
        (await Server.WriteAsync(accepted, "x")).Error.Should().Be(Errno.Pipe);
        (await Server.CloseAsync(accepted)).Should().Be(Errno.Pipe);
    }

    [Fact]
    public async Task Read_OfSeveralCalls_TimesOutEachAtItsOwnTime()
    {
        await ListenAsync(Server);
        var first = ReadAsync(Client, await RequestAsync(Client, "guest", "1"));
        Clock.Advance(TimeSpan.FromSeconds(10));
        var other = NewGuest();
        var second = ReadAsync(other, await RequestAsync(other, "guest", "2"));

        Clock.Advance(TimeSpan.FromSeconds(20));
        (await first).Error.Should().Be(Errno.TimedOut);
        second.IsCompleted.Should().BeFalse();
        (await OpenErrorAsync(Server, "guest/accept", flags: NonBlocking)).Should().Be(Errno.Success, "the second waits still, and the first does not");
        Clock.Advance(TimeSpan.FromSeconds(10));

        (await second).Error.Should().Be(Errno.TimedOut);
        await Server.Descriptors.CloseAllAsync(CloseReason.Abandoned, default);
    }

    [Fact]
    public async Task NonBlockingRead_BeforeTheAnswer_IsAgainAndSendsOnce()
    {
        await ListenAsync(Server);
        var call = await RequestAsync(Client, "guest", "x", NonBlocking);

        (await ReadAsync(Client, call)).Error.Should().Be(Errno.Again);
        (await ReadAsync(Client, call)).Error.Should().Be(Errno.Again);

        var accepted = await OpenAsync(Server, "guest/accept");
        await Server.WriteAsync(accepted, "y");
        await Server.CloseAsync(accepted);
        (await OpenErrorAsync(Server, "guest/accept", flags: NonBlocking)).Should().Be(Errno.Again, "there was one call");
        (await ReadAsync(Client, call)).Should().Be((Errno.Success, "y"));
    }

    [Fact]
    public async Task Poll_ForReading_SendsAndWaitsForTheAnswer()
    {
        await ListenAsync(Server);
        var call = await RequestAsync(Client, "guest", "x", NonBlocking);
        var handle = HandleOf(Client, call);
        var poll = handle.PollAsync(FileReadiness.Read, default).AsTask();
        poll.IsCompleted.Should().BeFalse();

        var accepted = await OpenAsync(Server, "guest/accept");
        await Server.WriteAsync(accepted, "y");
        await Server.CloseAsync(accepted);

        (await poll.WaitAsync(Patience)).Value.Should().Be(FileReadiness.Read);
        (await ReadAsync(Client, call)).Should().Be((Errno.Success, "y"));
    }

    [Fact]
    public async Task Poll_ForReadingAndWriting_DoesNotEndTheRequest()
    {
        var file = await RequestAsync(Client, "host", "a");

        (await HandleOf(Client, file).PollAsync(FileReadiness.Read | FileReadiness.Write, default)).Value.Should().Be(FileReadiness.Write);

        (await Client.WriteAsync(file, "b")).Error.Should().Be(Errno.Success);
        (await ReadAsync(Client, file)).Text.Should().Be("echo:ab");
    }

    [Fact]
    public async Task Poll_ThatIsCancelled_LosesNothing()
    {
        await ListenAsync(Server);
        var call = await RequestAsync(Client, "guest", "x");
        using var cancellation = new CancellationTokenSource();
        var poll = HandleOf(Client, call).PollAsync(FileReadiness.Read, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await FluentActions.Awaiting(() => poll).Should().ThrowAsync<OperationCanceledException>();
        var response = ReadAsync(Client, call);

        var accepted = await OpenAsync(Server, "guest/accept");
        await Server.WriteAsync(accepted, "y");
        await Server.CloseAsync(accepted);

        (await response).Should().Be((Errno.Success, "y"));
    }

    [Fact]
    public async Task Close_WithoutReading_SendsOneWay()
    {
        await ListenAsync(Server);
        var file = await RequestAsync(Client, "guest", "note");

        (await Client.CloseAsync(file)).Should().Be(Errno.Success);

        var accepted = await OpenAsync(Server, "guest/accept");
        (await ReadAsync(Server, accepted)).Text.Should().Be("note");
        Clock.Advance(TimeSpan.FromMinutes(1));
        await Server.WriteAsync(accepted, "nobody reads this");
        (await Server.CloseAsync(accepted)).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Close_WithoutWriting_SendsNothing()
    {
        await ListenAsync(Server);
        (await Client.CloseAsync(await OpenAsync(Client, "guest/call"))).Should().Be(Errno.Success);

        (await OpenErrorAsync(Server, "guest/accept", flags: NonBlocking)).Should().Be(Errno.Again);
    }

    [Fact]
    public async Task Close_OfAKilledGuest_SendsNothing()
    {
        await ListenAsync(Server);
        await RequestAsync(Client, "guest", "x");

        await Client.Descriptors.CloseAllAsync(CloseReason.Abandoned, default);

        (await OpenErrorAsync(Server, "guest/accept", flags: NonBlocking)).Should().Be(Errno.Again);
    }

    [Fact]
    public async Task OneWay_ThatNobodyTakes_IsForgottenAtItsDeadline()
    {
        await ListenAsync(Server);
        await Client.CloseAsync(await RequestAsync(Client, "guest", "note"));

        Clock.Advance(TimeSpan.FromSeconds(30));

        (await OpenErrorAsync(Server, "guest/accept", flags: NonBlocking)).Should().Be(Errno.Again);
    }

    [Fact]
    public async Task Queue_ThatIsFull_Refuses()
    {
        await ListenAsync(Server);
        for (var index = 0; index < 3; index++) (await Client.CloseAsync(await RequestAsync(Client, "guest", "x"))).Should().Be(Errno.Success);

        (await Client.CloseAsync(await RequestAsync(Client, "guest", "x"))).Should().Be(Errno.ConnRefused);
        (await ReadAsync(Client, await RequestAsync(Client, "guest", "x"))).Error.Should().Be(Errno.ConnRefused);
    }

    [Fact]
    public async Task Queue_WithTooManyBytes_Refuses()
    {
        await ListenAsync(Server);
        (await Client.CloseAsync(await RequestAsync(Client, "guest", new string('x', 1000)))).Should().Be(Errno.Success);

        (await Client.CloseAsync(await RequestAsync(Client, "guest", new string('x', 501)))).Should().Be(Errno.ConnRefused);
        (await Client.CloseAsync(await RequestAsync(Client, "guest", new string('x', 500)))).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Open_OfTooManyCalls_IsMFileUntilOneIsClosed()
    {
        var files = new List<uint>();
        for (var index = 0; index < 8; index++) files.Add(await OpenAsync(Client, "host/call"));

        (await OpenErrorAsync(Client, "host/call")).Should().Be(Errno.MFile);

        await Client.CloseAsync(files[0]);
        (await OpenErrorAsync(Client, "host/call")).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Handler_ThatThrows_IsIO()
    {
        Handler = (_, _, _) => throw new InvalidOperationException("expected");

        (await ReadAsync(Client, await RequestAsync(Client, "host", "x"))).Error.Should().Be(Errno.IO);
    }

    [Fact]
    public async Task Handler_ThatRefusesTheRequest_IsInval()
    {
        Handler = (_, _, _) => throw new RpcException(RpcError.BadRequest);

        (await ReadAsync(Client, await RequestAsync(Client, "host", "x"))).Error.Should().Be(Errno.Inval);
    }

    [Fact]
    public async Task Handler_WhoseResponseIsTooLarge_IsIO()
    {
        Handler = (_, response, _) =>
        {
            response.Write(new byte[1001]);
            return default;
        };

        (await ReadAsync(Client, await RequestAsync(Client, "host", "x"))).Error.Should().Be(Errno.IO);
    }

    [Fact]
    public async Task Handler_WhoseCallerHasGone_IsCancelled()
    {
        var cancelled = new TaskCompletionSource();
        Handler = async (_, _, token) =>
        {
            await using var registration = token.Register(cancelled.SetResult);
            await cancelled.Task;
        };
        var call = await RequestAsync(Client, "host", "x", NonBlocking);
        (await ReadAsync(Client, call)).Error.Should().Be(Errno.Again);

        await Client.CloseAsync(call);

        await cancelled.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Handler_PastTheDeadline_IsCancelled()
    {
        var cancelled = new TaskCompletionSource();
        Handler = async (_, _, token) =>
        {
            await using var registration = token.Register(cancelled.SetResult);
            await cancelled.Task;
        };
        var response = ReadAsync(Client, await RequestAsync(Client, "host", "x"));

        Clock.Advance(TimeSpan.FromSeconds(30));

        (await response).Error.Should().Be(Errno.TimedOut);
        await cancelled.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Handlers_ThatAreTooMany_AreRefused()
    {
        var done = new TaskCompletionSource();
        Handler = async (_, _, _) => await done.Task;
        for (var index = 0; index < 3; index++) (await Client.CloseAsync(await RequestAsync(Client, "host", "x"))).Should().Be(Errno.Success);

        (await Client.CloseAsync(await RequestAsync(Client, "host", "x"))).Should().Be(Errno.ConnRefused);

        done.SetResult();
    }

    [Fact]
    public async Task Handlers_WithTooManyBytes_RefuseUntilOneIsDone()
    {
        var done = new TaskCompletionSource();
        Handler = async (_, _, _) => await done.Task;
        (await Client.CloseAsync(await RequestAsync(Client, "host", new string('x', 1000)))).Should().Be(Errno.Success);

        (await Client.CloseAsync(await RequestAsync(Client, "host", new string('x', 501)))).Should().Be(Errno.ConnRefused);
        (await Client.CloseAsync(await RequestAsync(Client, "host", new string('x', 500)))).Should().Be(Errno.Success);
        (await Client.CloseAsync(await RequestAsync(Client, "host", "x"))).Should().Be(Errno.ConnRefused);

        Handler = EchoAsync;
        done.SetResult();
        Errno error;
        do
        {
            var file = await RequestAsync(Client, "host", new string('x', 990));
            error = (await ReadAsync(Client, file)).Error;
            await Client.CloseAsync(file);
        }
        while (error == Errno.ConnRefused);
        error.Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Stat_OfACall_IsAStreamOfUnknownSize()
    {
        var file = await OpenAsync(Client, "host/call");

        (await Client.CallAsync("fd_seek", file, 0, 0, 4096)).Should().Be(Errno.SPipe);
        (await HandleOf(Client, file).GetAttributesAsync(default)).Error.Should().Be(Errno.NotSup);
    }

    private static FileHandle HandleOf(AbiGuest guest, uint file)
    {
        guest.Descriptors.TryGet(file, out var descriptor).Should().BeTrue();
        return descriptor!.Handle!;
    }

    // A poll for reading sends the call and waits for what becomes of it.
    private async Task<(ulong Bytes, bool IsHungUp)?> ReadyAsync(uint call)
    {
        while (true)
        {
            if (await Client.AvailableAsync(call).WaitAsync(Patience) is { } ready) return ready;
            await Task.Yield();
        }
    }
}
