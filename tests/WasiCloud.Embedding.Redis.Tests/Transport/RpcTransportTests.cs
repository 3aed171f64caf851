using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Redis.Transport;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Redis.Tests.Transport;

/// <summary>Calls between hosts that share a server.</summary>
#pragma warning disable CA1001 // xUnit calls DisposeAsync.
public sealed class RpcTransportTests : TransportTestBase
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _servers = [];

    public override async Task DisposeAsync()
    {
        await _end.CancelAsync();
        foreach (var server in _servers) await server.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.DisposeAsync();
        _end.Dispose();
    }

    [Fact]
    public async Task Call_OfAHandlerElsewhere_IsAnswered()
    {
        NewHost(builder => builder.AddRpcService("echo", Echo("echo:")));
        var caller = NewHost(builder => builder.AddRpcService("echo"));

        (await CallAsync(caller, "echo", "hello")).Should().Be("echo:hello");
        (await CallAsync(caller, "echo", string.Empty)).Should().Be("echo:");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(70_000)]
    [InlineData(1 << 20)]
    public async Task Call_WithAnyBytes_GivesThemBack(int length)
    {
        var request = new byte[length];
        new Random(length).NextBytes(request);
        NewHost(builder => builder.AddRpcService("echo", Echo(string.Empty)));
        var caller = NewHost(builder => builder.AddRpcService("echo"));

        (await CallAsync(caller, "echo", request)).Should().Equal(request);
    }

    [Fact]
    public async Task Calls_OfGuestsToGuestsElsewhere_EachGetTheirOwnAnswer()
    {
        var server = NewHost(builder => builder.AddRpcService("echo", RpcAccess.Call | RpcAccess.Serve));
        var caller = NewHost(builder => builder.AddRpcService("echo"));
        for (var index = 0; index < 4; index++) Serve(server);
        await CallAsync(caller, "echo", "first");
        var guest = await caller.LoadGuestAsync("rpc");

        await Task.WhenAll(Enumerable.Range(0, 16)
            .Select(index => Task.Run(() => caller.RunAsync(guest, TestHost.WithArguments("check", "echo", "20", $"caller-{index}")))));
    }

    [Fact]
    public async Task Calls_ToSeveralProcesses_AreSeenOnce()
    {
        var seen = new ConcurrentQueue<string>();
        for (var index = 0; index < 3; index++) NewHost(builder => builder.AddRpcService("echo", Echo(string.Empty, seen)));
        var callers = Enumerable.Range(0, 2).Select(_ => NewHost(builder => builder.AddRpcService("echo"))).ToArray();
        foreach (var caller in callers) await CallAsync(caller, "echo", "first");
        seen.Clear();
        var requests = Enumerable.Range(0, 400).Select(index => $"request-{index}").ToArray();

        var responses = await Task.WhenAll(requests.Select((request, index) => CallAsync(callers[index % 2], "echo", request)));

        responses.Should().Equal(requests);
        seen.Should().BeEquivalentTo(requests);
    }

    [Fact]
    public async Task Call_WithAServerHere_StaysHere()
    {
        var elsewhere = new ConcurrentQueue<string>();
        NewHost(builder => builder.AddRpcService("echo", Echo("there:", elsewhere)));
        var host = NewHost(builder => builder.AddRpcService("echo", RpcAccess.Call | RpcAccess.Serve));
        await CallAsync(host, "echo", "before");
        Serve(host);
        await ServedHereAsync(host);

        (await CallAsync(host, "echo", "after")).Should().Be("echo:after");
        elsewhere.Should().Equal("before");
    }

    [Fact]
    public async Task Call_WithoutAServerAnywhere_IsRefused()
    {
        var caller = NewHost(builder => builder.AddRpcService("echo"));

        (await ErrorOfAsync(caller, "echo")).Should().Be(RpcError.Refused);
        var guest = await caller.LoadGuestAsync("rpc");
        var failure = await caller.Awaiting(it => it.RunAsync(guest, TestHost.WithArguments("call", "echo", "x"))).Should().ThrowAsync<GuestExitException>();
        failure.Which.ExitCode.Should().Be((int)Errno.ConnRefused);
    }

    [Fact]
    public async Task Call_OfAServiceThatIsNotShared_StaysHere()
    {
        NewHost(builder => builder.AddRpcService("echo", Echo("there:")).AddRpcService("other", Echo(string.Empty)));
        var caller = NewHost(builder => builder.AddRpcService("echo").AddRpcService("other"), options => options.LocalServices.Add("echo"));
        await CallAsync(caller, "other", "they know each other");

        (await ErrorOfAsync(caller, "echo")).Should().Be(RpcError.Refused);
    }

    [Fact]
    public async Task Call_ThatFailsElsewhere_FailsTheSameWay()
    {
        var server = NewHost(builder => builder
            .AddRpcService("known", Echo(string.Empty))
            .AddRpcService("fail", (_, _, _) => throw new InvalidOperationException("expected"))
            .AddRpcService("refuse", (_, _, _) => throw new RpcException(RpcError.BadRequest)));
        var caller = NewHost(builder => builder.AddRpcService("known").AddRpcService("fail").AddRpcService("refuse"));
        await KnownAsync(caller, "fail", "refuse");

        (await ErrorOfAsync(caller, "fail")).Should().Be(RpcError.ServerFailed);
        (await ErrorOfAsync(caller, "refuse")).Should().Be(RpcError.BadRequest);
        server.Logs.Entries.Should().HaveCount(2, "what the handler did not expect is logged, each time");
    }

    [Fact]
    public async Task Call_ThatIsTooLongElsewhere_IsTooLarge()
    {
        NewHost(builder => builder.AddRpcService("echo", Echo(string.Empty)).AddRpcService("double", Echo(new string('x', 100)))
            .ConfigureRpc(options => options.MaxRequestBytes = 100));
        var caller = NewHost(builder => builder.AddRpcService("echo").AddRpcService("double").ConfigureRpc(options => options.MaxResponseBytes = 100));
        await CallAsync(caller, "echo", new byte[100]);
        await KnownAsync(caller, "double");

        (await ErrorOfAsync(caller, "echo", new byte[101])).Should().Be(RpcError.TooLarge);
        (await ErrorOfAsync(caller, "double", new byte[1])).Should().Be(RpcError.TooLarge);
    }

    [Fact]
    public async Task Call_PastItsDeadline_IsTimedOutAndTheServerIsTold()
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        NewHost(builder => builder.AddRpcService("slow", Slow(told)));
        var caller = NewHost(builder => builder.AddRpcService("slow").ConfigureRpc(options => options.CallTimeout = TimeSpan.FromMilliseconds(500)));
        await KnownAsync(caller, "slow");

        (await ErrorOfAsync(caller, "slow", "wait")).Should().Be(RpcError.TimedOut);
        await told.Task.WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task Call_ThatIsCancelled_TellsTheServer()
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        NewHost(builder => builder.AddRpcService("slow", Slow(told, called)));
        var caller = NewHost(builder => builder.AddRpcService("slow"));
        await KnownAsync(caller, "slow");
        using var cancellation = new CancellationTokenSource();

        var call = RpcOf(caller).CallAsync("slow", new ReadOnlySequence<byte>(Bytes("wait")), new ArrayBufferWriter<byte>(), cancellation.Token).AsTask();
        await called.Task.WaitAsync(TestHost.Patience);
        await cancellation.CancelAsync();

        await call.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
        await told.Task.WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task OneWay_ReachesAServerElsewhere()
    {
        var seen = new ConcurrentQueue<string>();
        NewHost(builder => builder.AddRpcService("echo", Echo(string.Empty, seen)));
        var caller = NewHost(builder => builder.AddRpcService("echo"));
        await KnownAsync(caller, "echo");
        seen.Clear();
        var guest = await caller.LoadGuestAsync("rpc");

        RpcOf(caller).Send("echo", new ReadOnlySequence<byte>(Bytes("from the application")));
        await TestHost.UntilAsync(() => seen.Count == 1);
        await caller.RunAsync(guest, TestHost.WithArguments("send", "echo", "from a guest"));
        await TestHost.UntilAsync(() => seen.Count == 2);

        seen.Should().Equal("from the application", "from a guest");
    }

    [Fact]
    public async Task Calls_MoreThanMayWait_AreRefused()
    {
        var database = await ConnectAsync();
        await RunAsync(database, TransportScripts.Renew, "busy", 60_000, "echo");
        var caller = NewHost(builder => builder.AddRpcService("echo").ConfigureRpc(options => (options.MaxQueuedCalls, options.MaxQueuedBytes) = (1000, 10)));

        var waiting = RpcOf(caller).CallAsync("echo", new ReadOnlySequence<byte>(new byte[6]), new ArrayBufferWriter<byte>(), _end.Token).AsTask();
        await TestHost.UntilAsync(async () => await database.HashLengthAsync(Key("s:echo:calls")) == 1);
        (await ErrorOfAsync(caller, "echo", new byte[5])).Should().Be(RpcError.Refused, "11 bytes would wait");

        await _end.CancelAsync();
        await waiting.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
        await TestHost.UntilAsync(async () => await database.HashLengthAsync(Key("s:echo:calls")) == 0);
        (await database.ListLengthAsync(Key("s:echo:queue"))).Should().Be(0);
        (await database.StringGetAsync(Key("s:echo:bytes"))).Should().Be(0);
    }

    [Fact]
    public async Task Call_WhoseServersProcessDies_IsAnErrorOnceItsLeaseEnds()
    {
        var database = await ConnectAsync();
        await RunAsync(database, TransportScripts.Renew, "dying", 600_000, "echo");
        var caller = NewHost(builder => builder.AddRpcService("echo"));

        var call = CallOnceAsync(caller, "echo", "x");
        RedisValue[] taken = [];
        await TestHost.UntilAsync(async () =>
            (taken = (RedisValue[])(await RunAsync(database, TransportScripts.Take, "echo", "dying", 1, 500, 0, 1, 0))!).Length > 1);

        // The last that is heard of it.
        await RunAsync(database, TransportScripts.Resign, "dying", "echo");

        (await call.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<RpcException>()).Which.Error.Should().Be(RpcError.ServerFailed);
        ((long)await RunAsync(database, TransportScripts.Answer, taken[1], taken[2], string.Empty, "too late", $"dying {taken[0]}")).Should().Be(0);
        (await ErrorOfAsync(caller, "echo")).Should().Be(RpcError.Refused, "nobody else serves");
    }

    [Fact]
    public async Task Call_ThatWaitsForAProcessThatDies_IsRefused()
    {
        var database = await ConnectAsync();
        await RunAsync(database, TransportScripts.Renew, "dying", 500, "echo");
        var caller = NewHost(builder => builder.AddRpcService("echo"));

        (await ErrorOfAsync(caller, "echo")).Should().Be(RpcError.Refused, "no server has seen it");
        (await database.ListLengthAsync(Key("s:echo:queue"))).Should().Be(0);
    }

    [Fact]
    public async Task Call_ThatWaitsForAProcessThatLeaves_IsRefusedAtOnce()
    {
        var database = await ConnectAsync();
        await RunAsync(database, TransportScripts.Renew, "leaving", 600_000, "echo");
        var caller = NewHost(builder => builder.AddRpcService("echo"), options => options.PollInterval = TimeSpan.FromMinutes(10));

        var call = CallOnceAsync(caller, "echo", "x");
        await TestHost.UntilAsync(async () => await database.HashLengthAsync(Key("s:echo:calls")) == 1);
        await RunAsync(database, TransportScripts.Resign, "leaving", "echo");

        (await call.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<RpcException>()).Which.Error.Should().Be(RpcError.Refused);
    }

    [Fact]
    public async Task Call_OfAProcessThatDied_IsGivenToNobody()
    {
        var seen = new ConcurrentQueue<string>();
        var database = await ConnectAsync();
        await RunAsync(database, TransportScripts.Renew, "patient", 600_000, "echo");
        await RunAsync(database, TransportScripts.Send, "echo", "orphan", "dead", 0, 0, 10, 1000, "of a dead process", 0);
        await RunAsync(database, TransportScripts.Send, "echo", "late", "patient", 1, 0, 10, 1000, "of a process that lives", 600_000);
        await Task.Delay(10);
        NewHost(builder => builder.AddRpcService("echo", Echo(string.Empty, seen)));
        var caller = NewHost(builder => builder.AddRpcService("echo"));

        await CallAsync(caller, "echo", "x");

        seen.Should().Equal("x");
    }

    [Fact]
    public async Task Call_ThatWasTakenByALostAnswer_IsAnErrorAndServedByNobody()
    {
        var database = await ConnectAsync();
        await RunAsync(database, TransportScripts.Renew, "deaf", 600_000, "echo");
        var caller = NewHost(builder => builder.AddRpcService("echo"));

        var call = CallOnceAsync(caller, "echo", "x");
        await TestHost.UntilAsync(async () =>
            ((RedisValue[])(await RunAsync(database, TransportScripts.Take, "echo", "deaf", 1, 600_000, 0, 1, 0))!).Length > 1);
        ((RedisValue[])(await RunAsync(database, TransportScripts.Take, "echo", "deaf", 0, 600_000, 0, 1, 0))!).Should().ContainSingle();

        (await call.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<RpcException>()).Which.Error.Should().Be(RpcError.ServerFailed);
    }

    [Fact]
    public async Task Call_ThatNoServerHasSeen_GoesToAnotherProcess()
    {
        var database = await ConnectAsync();
        await RunAsync(database, TransportScripts.Renew, "fickle", 600_000, "echo");
        var caller = NewHost(builder => builder.AddRpcService("echo"));
        var call = CallOnceAsync(caller, "echo", "x");
        RedisValue[] taken = [];
        await TestHost.UntilAsync(async () =>
            (taken = (RedisValue[])(await RunAsync(database, TransportScripts.Take, "echo", "fickle", 1, 600_000, 0, 1, 0))!).Length > 1);

        ((long)await RunAsync(database, TransportScripts.Return, "echo", taken[1], taken[2], taken[3], taken[4], taken[5], $"fickle {taken[0]}"))
            .Should().Be(1);
        var again = (RedisValue[])(await RunAsync(database, TransportScripts.Take, "echo", "fickle", 1, 600_000, taken[0], 1, 0))!;
        ((long)await RunAsync(database, TransportScripts.Return, "echo", taken[1], taken[2], taken[3], taken[4], taken[5], $"fickle {taken[0]}"))
            .Should().Be(0, "it was put back, and taken again");
        ((long)await RunAsync(database, TransportScripts.Return, "echo", again[1], again[2], again[3], again[4], again[5], $"fickle {again[0]}"))
            .Should().Be(1);
        NewHost(builder => builder.AddRpcService("echo", Echo("echo:")));

        (await call.WaitAsync(TestHost.Patience)).Should().Be("echo:x");
    }

    [Fact]
    public async Task Call_WhoseServerIsDisposed_IsAnErrorAndThenThereIsNone()
    {
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = NewHost(builder => builder.AddRpcService("slow", Slow(new(), called)));
        var caller = NewHost(builder => builder.AddRpcService("slow"));
        await KnownAsync(caller, "slow");

        var call = CallOnceAsync(caller, "slow", "wait");
        await called.Task.WaitAsync(TestHost.Patience);
        await EndAsync(server);

        (await call.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<RpcException>()).Which.Error.Should().Be(RpcError.ServerFailed);
        (await ErrorOfAsync(caller, "slow")).Should().Be(RpcError.Refused);
    }

    [Fact]
    public async Task Guest_ThatEndsWhileItServes_IsIOForTheCaller()
    {
        var server = NewHost(builder => builder.AddRpcService("echo", RpcAccess.Call | RpcAccess.Serve));
        var caller = NewHost(builder => builder.AddRpcService("echo"));
        var guest = await server.LoadGuestAsync("rpc");
        var serving = server.RunAsync(guest, TestHost.WithArguments("once", "echo", "exit"));
        var calling = await caller.LoadGuestAsync("rpc");

        int code;
        do
        {
            var failure = await caller.Awaiting(it => it.RunAsync(calling, TestHost.WithArguments("call", "echo", "x")))
                .Should().ThrowAsync<GuestExitException>();
            code = failure.Which.ExitCode;
        }
        while (code == (int)Errno.ConnRefused && !serving.IsCompleted);

        code.Should().Be((int)Errno.IO);
        await serving.Awaiting(it => it).Should().ThrowAsync<GuestExitException>();
    }

    private static RpcHandler Slow(TaskCompletionSource told, TaskCompletionSource? called = null) => async (request, _, cancellationToken) =>
    {
        // Others only ask whether it is there.
        if (request.Payload.IsEmpty) return;
        called?.TrySetResult();
        using var registration = cancellationToken.Register(() => told.TrySetResult());
        await Task.Delay(Timeout.Infinite, cancellationToken);
    };

    // Each process says for itself what it serves.
    private static async Task KnownAsync(TestHost caller, params string[] services)
    {
        foreach (var service in services)
        {
            await TestHost.UntilAsync(async () =>
            {
                try
                {
                    await RpcOf(caller).CallAsync(service, ReadOnlySequence<byte>.Empty, new ArrayBufferWriter<byte>());
                    return true;
                }
                catch (RpcException exception)
                {
                    return exception.Error != RpcError.Refused;
                }
            });
        }
    }

    private static async Task<string> CallOnceAsync(TestHost host, string service, string request)
    {
        var response = new ArrayBufferWriter<byte>();
        await RpcOf(host).CallAsync(service, new ReadOnlySequence<byte>(Bytes(request)), response);
        return Encoding.UTF8.GetString(response.WrittenSpan);
    }

    private static Task<RpcError> ErrorOfAsync(TestHost host, string service, string request = "x") => ErrorOfAsync(host, service, Bytes(request));

    private static async Task<RpcError> ErrorOfAsync(TestHost host, string service, byte[] request) =>
        (await host.Awaiting(it => RpcOf(it).CallAsync(service, new ReadOnlySequence<byte>(request), new ArrayBufferWriter<byte>()).AsTask()
            .WaitAsync(TestHost.Patience))
            .Should().ThrowAsync<RpcException>()).Which.Error;

    private static async Task ServedHereAsync(TestHost host)
    {
        var service = host.Services.GetRequiredService<RpcServices>().Find("echo")!;
        await TestHost.UntilAsync(() => service.ServerCount > 0);
    }

    private string Key(string name) => $"{{{Name}}}:{name}";

    private void Serve(TestHost host) =>
        _servers.Add(Task.Run(async () => await host.RunAsync(await host.LoadGuestAsync("rpc"), TestHost.WithArguments("serve", "echo"), _end.Token)));
}
