using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json.Serialization;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Rpc;

/// <summary>Guests that run, call and serve; the C guest <c>rpc</c> exits with the errno of what failed.</summary>
#pragma warning disable CA1001 // xUnit calls DisposeAsync.
public sealed partial class RpcGuestTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private const int LogOfFailedHandler = 18;

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly TaskCompletionSource _called = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _servers = [];
    private TestHost _host = null!;
    private IGuestRpc _rpc = null!;
    private GuestModule _guest = null!;

    public async Task InitializeAsync()
    {
        _host = new TestHost(
            options => (options.MaxConcurrentInvocations, options.ExecutionTimeout) = (100, Timeout.InfiniteTimeSpan),
            builder =>
            {
                builder.AddRpcService("echo", RpcAccess.Call | RpcAccess.Serve)
                    .AddRpcService("private")
                    .AddRpcService("host", (request, response, _) =>
                    {
                        response.Write("echo:"u8);
                        foreach (var piece in request.Payload) response.Write(piece.Span);
                        return default;
                    })
                    .AddRpcService("whose", (request, response, _) =>
                    {
                        response.Write(Encoding.UTF8.GetBytes(request.Caller?.GetFeature<string>() ?? "nobody's"));
                        return default;
                    })
                    .AddRpcService("slow", async (_, response, token) =>
                    {
                        _called.TrySetResult();
                        await Task.Delay(Timeout.Infinite, token);
                    })
                    .AddRpcService("fail", (_, _, _) => throw new InvalidOperationException("expected"))
                    .AddRpcService("add", (Numbers? numbers, RpcRequest _, CancellationToken _) => new ValueTask<int>(numbers!.Left + numbers.Right),
                        Json.Default.Numbers, Json.Default.Int32);
                builder.ConfigureRpc(options => options.CallTimeout = TimeSpan.FromSeconds(5));
            },
            _clock);
        _rpc = _host.Services.GetRequiredService<IGuestRpc>();
        _guest = await _host.LoadGuestAsync("rpc");
    }

    public async Task DisposeAsync()
    {
        await _end.CancelAsync();
        foreach (var server in _servers) await server.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _host.DisposeAsync();
        _end.Dispose();
    }

    [Theory]
    [InlineData("host")]
    [InlineData("echo")]
    public async Task Calls_OneAfterAnother_AreAnswered(string service)
    {
        if (service == "echo") await ServeAsync();

        await RunAsync("check", service, "200", "name");
    }

    [Fact]
    public async Task Calls_OfSixtyFourGuestsToFourServers_EachGetTheirOwnAnswer()
    {
        for (var index = 0; index < 4; index++) await ServeAsync();

        await Task.WhenAll(Enumerable.Range(0, 64).Select(index => Task.Run(() => RunAsync("check", "echo", "50", $"caller-{index}"))));
    }

    [Fact]
    public async Task Call_WithoutAServer_IsRefused() => (await ExitCodeAsync("call", "echo", "x")).Should().Be((int)Errno.ConnRefused);

    [Fact]
    public async Task Call_OfWhatIsNotGranted_DoesNotExist()
    {
        var request = new InvocationRequest { Arguments = ["call", "host", "x"], Policy = GuestPolicy.Parse("/beta/rpc/echo/call rw") };

        (await ExitCodeAsync(request)).Should().Be((int)Errno.NoEnt);
    }

    [Fact]
    public async Task Serve_IsForGuestsThatAreGrantedIt()
    {
        (await ExitCodeAsync("serve", "private")).Should().Be((int)Errno.NoEnt);
        await ServeAsync("private", GuestPolicy.Parse("/beta/rpc/private/accept rw"));

        await RunAsync("check", "private", "1", "x");
    }

    [Fact]
    public async Task Handler_LearnsWhoCalls()
    {
        var request = new InvocationRequest { Arguments = ["call", "whose", "x"], Features = ["mine"] };

        (await OutputAsync(request)).Should().Be("mine");
    }

    [Fact]
    public async Task Handler_ThatThrows_IsIOAndLogged()
    {
        (await ExitCodeAsync("call", "fail", "x")).Should().Be((int)Errno.IO);

        _host.Logs[LogOfFailedHandler].Should().ContainSingle();
    }

    [Theory]
    [InlineData("close", null)]
    [InlineData("exit", 3)]
    [InlineData("trap", null)]
    [InlineData("partial", null)]
    [InlineData("big", (int)Errno.MsgSize)]
    public async Task Server_ThatDoesNotAnswer_IsIOForTheCaller(string how, int? exitCode)
    {
        var server = Start(new InvocationRequest { Arguments = ["once", "echo", how] });
        await ServingAsync();

        (await ExitCodeAsync("call", "echo", "x")).Should().Be((int)Errno.IO);

        if (exitCode is not null) (await FluentActions.Awaiting(() => server).Should().ThrowAsync<GuestExitException>()).Which.ExitCode.Should().Be(exitCode);
    }

    [Fact]
    public async Task Server_ThatFlushes_GivesAnEmptyAnswer()
    {
        var server = Start(new InvocationRequest { Arguments = ["once", "echo", "empty"] });
        await ServingAsync();

        (await _rpc.CallAsync("echo", "x"u8.ToArray())).Length.Should().Be(0);
        await server;
    }

    [Fact]
    public async Task Server_KilledInACall_IsIOForTheCallerAndRefusedForTheNext()
    {
        using var kill = new CancellationTokenSource();
        var server = Start(new InvocationRequest { Arguments = ["once", "echo", "hang"] }, kill.Token);
        await ServingAsync();
        var call = _rpc.CallAsync("echo", "first"u8.ToArray()).AsTask();
        var queued = _rpc.CallAsync("echo", "second"u8.ToArray()).AsTask();

        await kill.CancelAsync();

        (await FluentActions.Awaiting(() => call).Should().ThrowAsync<RpcException>()).Which.Error.Should().Be(RpcError.ServerFailed);
        (await FluentActions.Awaiting(() => queued).Should().ThrowAsync<RpcException>()).Which.Error.Should().Be(RpcError.Refused, "no server has seen it");
        await FluentActions.Awaiting(() => server).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Server_KilledWhileItWaits_LeavesNothingBehind()
    {
        using var kill = new CancellationTokenSource();
        var killed = Start(new InvocationRequest { Arguments = ["serve", "echo"] }, kill.Token);
        await ServingAsync();

        await kill.CancelAsync();

        await FluentActions.Awaiting(() => killed).Should().ThrowAsync<OperationCanceledException>();
        (await ExitCodeAsync("call", "echo", "x")).Should().Be((int)Errno.ConnRefused);
    }

    [Fact]
    public async Task Caller_KilledInACall_DoesNotDisturbTheServer()
    {
        using var kill = new CancellationTokenSource();
        await ServeAsync("echo");
        var slow = Start(new InvocationRequest { Arguments = ["call", "slow", "x"] }, kill.Token);
        await _called.Task.WaitAsync(TestHost.Patience);

        await kill.CancelAsync();

        await FluentActions.Awaiting(() => slow).Should().ThrowAsync<OperationCanceledException>();
        await RunAsync("check", "echo", "10", "x");
    }

    [Fact]
    public async Task Call_PastItsDeadline_IsTimedOut()
    {
        var slow = ExitCodeAsync("call", "slow", "x");
        await _called.Task.WaitAsync(TestHost.Patience);

        _clock.Advance(TimeSpan.FromSeconds(5));

        (await slow).Should().Be((int)Errno.TimedOut);
    }

    [Fact]
    public async Task Call_ThatTheApplicationCancels_IsCancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var call = _rpc.CallAsync("slow", default, cancellation.Token).AsTask();
        await _called.Task.WaitAsync(TestHost.Patience);

        await cancellation.CancelAsync();

        await FluentActions.Awaiting(() => call).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Guest_ThatIsToEnd_GetsNoMoreCalls()
    {
        using var stopping = new CancellationTokenSource();
        var server = Start(new InvocationRequest { Arguments = ["serve", "echo"], Stopping = stopping.Token });
        await ServingAsync();

        await stopping.CancelAsync();

        await server.WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task Service_ThatIsStopped_EndsItsServers()
    {
        var server = Start(new InvocationRequest { Arguments = ["serve", "echo"] });
        await ServingAsync();

        _rpc.Stop("echo");

        await server.WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task Application_NamesAServiceThatThereIsNot_IsAnArgumentException()
    {
        Func<Task>[] calls =
        [
            () => _rpc.CallAsync("nothing", "x"u8.ToArray()).AsTask(),
            () => Task.Run(() => _rpc.Send("nothing", default)),
            () => Task.Run(() => _rpc.Stop("nothing")),
            () => Task.Run(() => _rpc.ForTenant("ann").Send("nothing", default)),
        ];

        foreach (var call in calls)
            await call.Should().ThrowAsync<ArgumentException>().WithMessage("There is no RPC service 'nothing'.*").WithParameterName("service");
    }

    [Fact]
    public async Task Json_OfBothSides_IsTyped()
    {
        (await _rpc.CallAsync("add", new Numbers(2, 3), Json.Default.Numbers, Json.Default.Int32)).Should().Be(5);
        (await OutputAsync(new InvocationRequest { Arguments = ["call", "add", """{"Left":20,"Right":22}"""] })).Should().Be("42");
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{\"Left\":1,\"Right\":2} x")]
    [InlineData("{\"Left\":\"one\"}")]
    [InlineData("\0")]
    public async Task Json_ThatIsMalformed_IsInvalAndNotLogged(string text)
    {
        var failure = await _rpc.Awaiting(rpc => rpc.CallAsync("add", Encoding.UTF8.GetBytes(text)).AsTask()).Should().ThrowAsync<RpcException>();

        failure.Which.Error.Should().Be(RpcError.BadRequest);
        _host.Logs[LogOfFailedHandler].Should().BeEmpty();
    }

    [Fact]
    public async Task OneWay_OfAGuest_ReachesTheServer()
    {
        var server = Start(new InvocationRequest { Arguments = ["once", "echo", "exit"] });
        await ServingAsync();

        await RunAsync("send", "echo", "x");

        (await FluentActions.Awaiting(() => server).Should().ThrowAsync<GuestExitException>()).Which.ExitCode.Should().Be(3);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData(".hidden")]
    public void Name_ThatIsNoPathComponent_IsRefused(string name) =>
        FluentActions.Invoking(() => new ServiceCollection().AddWasiCloud().AddRpcService(name)).Should().Throw<ArgumentException>();

    private Task ServeAsync(string service = "echo", GuestPolicy? policy = null)
    {
        _ = Start(new InvocationRequest { Arguments = ["serve", service], Policy = policy });
        return ServingAsync(service);
    }

    // A server is known once its first accept was tried.
    private Task ServingAsync(string service = "echo")
    {
        var services = _host.Services.GetRequiredService<RpcServices>();
        return TestHost.UntilAsync(() => services.Find(service)!.ServerCount >= _servers.Count(server => !server.IsCompleted));
    }

    private Task<InvocationCompletion> Start(InvocationRequest request, CancellationToken cancellationToken = default)
    {
        var run = Task.Run(
            async () =>
            {
                using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _end.Token);
                return await _host.RunAsync(_guest, request, end.Token);
            },
            CancellationToken.None);
        _servers.Add(run);
        return run;
    }

    private Task<InvocationCompletion> RunAsync(params string[] arguments) =>
        _host.RunAsync(_guest, TestHost.WithArguments(arguments)).WaitAsync(TestHost.Patience);

    private Task<int> ExitCodeAsync(params string[] arguments) => ExitCodeAsync(TestHost.WithArguments(arguments));

    private async Task<int> ExitCodeAsync(InvocationRequest request) =>
        (await FluentActions.Awaiting(() => _host.RunAsync(_guest, request).WaitAsync(TestHost.Patience))
            .Should().ThrowAsync<GuestExitException>()).Which.ExitCode;

    private async Task<string> OutputAsync(InvocationRequest request)
    {
        using var output = new MemoryStream();
        await _host.RunAsync(
            _guest, request with { StandardOutput = PipeWriter.Create(output) });
        return Encoding.UTF8.GetString(output.ToArray());
    }

    internal sealed record Numbers(int Left, int Right);

    [JsonSerializable(typeof(Numbers))]
    [JsonSerializable(typeof(int))]
    private sealed partial class Json : JsonSerializerContext;
}
