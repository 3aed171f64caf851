using System.Buffers;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Redis.Tests.Transport;

/// <summary>A server that dies, and options that are wrong.</summary>
public sealed class TransportFailureTests : TransportTestBase
{
    private const int LogOfLostServer = 1;

    private RedisServer _server = null!;

    public static TheoryData<string, Action<RedisTransportOptions>> Invalid => new()
    {
        { nameof(RedisTransportOptions.Configuration), options => options.Configuration = string.Empty },
        { nameof(RedisTransportOptions.Configuration), options => options.Configuration = "localhost,nonsense=1" },
        { nameof(RedisTransportOptions.ConfigurationOptions), options => options.ConfigurationOptions = new() },
        { nameof(RedisTransportOptions.Name), options => options.Name = string.Empty },
        { nameof(RedisTransportOptions.Name), options => options.Name = "a}b" },
        { nameof(RedisTransportOptions.Name), options => options.Name = new string('a', 201) },
        { nameof(RedisTransportOptions.LeaseDuration), options => options.LeaseDuration = TimeSpan.FromMilliseconds(199) },
        { nameof(RedisTransportOptions.LeaseDuration), options => options.LeaseDuration = TimeSpan.FromMinutes(11) },
        { nameof(RedisTransportOptions.PollInterval), options => options.PollInterval = TimeSpan.FromMilliseconds(9) },
        { nameof(RedisTransportOptions.PollInterval), options => options.PollInterval = TimeSpan.FromHours(2) },
        { nameof(RedisTransportOptions.OperationTimeout), options => options.OperationTimeout = TimeSpan.FromMilliseconds(99) },
        { nameof(RedisTransportOptions.OperationTimeout), options => options.OperationTimeout = TimeSpan.FromMinutes(11) },
        { nameof(RedisTransportOptions.HistoryLength), options => options.HistoryLength = 0 },
        { nameof(RedisTransportOptions.HistoryLength), options => options.HistoryLength = 1_000_001 },
    };

    public override async Task InitializeAsync()
    {
        _server = await RedisServer.StartAsync();
        Configuration = _server.Configuration;
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Server_ThatDies_IsAnErrorAndToldOnce_AndAllGoesOnWhenItIsBack()
    {
        var server = NewHost(builder => builder.AddRpcService("echo", Echo("echo:")).AddTopic("news"));
        var host = NewHost(builder => builder.AddRpcService("echo").AddTopic("news"));
        (await CallAsync(host, "echo", "before")).Should().Be("echo:before");
        await TopicsOf(host).PublishAsync("news", Bytes("before"));
        var (caller, publisher) = (await host.LoadGuestAsync("rpc"), await host.LoadGuestAsync("topic"));

        await _server.KillAsync();

        (await ExitCodeAsync(host, caller, "call", "echo", "x")).Should().BeOneOf((int)Errno.IO, (int)Errno.ConnRefused);
        (await ExitCodeAsync(host, publisher, "publish", "news", "x", "1")).Should().Be((int)Errno.IO);
        await host.Awaiting(it => TopicsOf(it).PublishAsync("news", Bytes("x")).AsTask()).Should().ThrowAsync<IOException>().WithMessage("*'news'*");
        (await host.Awaiting(it => RpcOf(it).CallAsync("echo", new ReadOnlySequence<byte>(Bytes("x")), new ArrayBufferWriter<byte>()).AsTask())
            .Should().ThrowAsync<RpcException>())
            .Which.Error.Should().BeOneOf(RpcError.Refused, RpcError.ServerFailed);
        host.Logs[LogOfLostServer].Should().ContainSingle();

        await _server.StartAgainAsync();
        string? answer = null;
        while (answer is null)
        {
            try
            {
                answer = await CallAsync(host, "echo", "after");
            }
            catch (RpcException)
            {
                // Not yet connected again.
            }
        }

        answer.Should().Be("echo:after");
        using var subscription = TopicsOf(server).Subscribe("news");
        while (true)
        {
            try
            {
                await TopicsOf(host).PublishAsync("news", Bytes("after"));
                break;
            }
            catch (IOException)
            {
                // Not yet connected again.
            }
        }

        (await ReadUntilAsync(subscription, "after")).Lost.Should().Be(0);
    }

    [Fact]
    public async Task Server_ThatForgetsEverything_EndsItsCallsAndGoesOn()
    {
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = NewHost(builder => builder.AddTopic("news").AddRpcService("slow", async (request, _, token) =>
        {
            if (request.Payload.IsEmpty) return;
            called.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
        }));
        var host = NewHost(builder => builder.AddTopic("news").AddRpcService("slow"));
        await CallAsync(host, "slow", []);
        var call = RpcOf(host).CallAsync("slow", new ReadOnlySequence<byte>(Bytes("wait")), new ArrayBufferWriter<byte>()).AsTask();
        await called.Task.WaitAsync(TestHost.Patience);
        for (var count = 0; count < 5; count++) await TopicsOf(host).PublishAsync("news", Bytes("before"));

        await (await ConnectAsync()).ExecuteAsync("FLUSHALL");

        (await call.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<RpcException>()).Which.Error.Should().Be(RpcError.ServerFailed);
        using var subscription = TopicsOf(server).Subscribe("news");
        await TopicsOf(host).PublishAsync("news", Bytes("after"));
        (await ReadUntilAsync(subscription, "after")).Lost.Should().Be(0);
        (await CallAsync(host, "slow", [])).Should().BeEmpty("its lease was renewed");
    }

    [Fact]
    public async Task Host_WithoutAServer_StartsAndRefuses()
    {
        await _server.KillAsync();

        var host = NewHost(builder => builder.AddRpcService("echo").AddTopic("news"), options => options.OperationTimeout = TimeSpan.FromMilliseconds(500));

        (await host.Awaiting(it => RpcOf(it).CallAsync("echo", new ReadOnlySequence<byte>(Bytes("x")), new ArrayBufferWriter<byte>()).AsTask())
            .Should().ThrowAsync<RpcException>())
            .Which.Error.Should().Be(RpcError.Refused);
        await host.Awaiting(it => TopicsOf(it).PublishAsync("news", Bytes("x")).AsTask()).Should().ThrowAsync<IOException>();
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    public async Task Option_OutOfItsRange_FailsAtStartUp(string option, Action<RedisTransportOptions> configure)
    {
        var services = new ServiceCollection();
        services.AddWasiCloud().AddTopic("news").UseRedisTransport("localhost:6379").UseRedisTransport(configure);
        await using var provider = services.BuildServiceProvider();

        provider.GetRequiredService<IStartupValidator>().Invoking(it => it.Validate()).Should().Throw<OptionsValidationException>().WithMessage($"*{option}*");
    }

    private static async Task<int> ExitCodeAsync(TestHost host, GuestModule module, params string[] arguments) =>
        (await host.Awaiting(it => it.RunAsync(module, TestHost.WithArguments(arguments))).Should().ThrowAsync<GuestExitException>()).Which.ExitCode;
}
