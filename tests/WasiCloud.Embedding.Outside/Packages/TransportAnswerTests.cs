using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Topics;
using Xunit;

namespace OutsidePackages;

/// <summary>What a transport of another's answers is what a guest gets.</summary>
public sealed class TransportAnswerTests
{
    private static readonly Errno[] s_errors = [Errno.DQuot, Errno.Access, Errno.Busy, Errno.NoSpc, Errno.RoFs, Errno.TimedOut, Errno.NetUnreach, Errno.IO];

    [Fact]
    public async Task Rpc_OfWhichTheTransportSaysSo_GetsThatErrno()
    {
        (RpcError Error, Errno Expected)[] answers =
        [
            (RpcError.OverQuota, Errno.DQuot), (RpcError.Denied, Errno.Access), (RpcError.Busy, Errno.Busy), (RpcError.Refused, Errno.ConnRefused),
            (RpcError.TimedOut, Errno.TimedOut), (RpcError.TooLarge, Errno.MsgSize), (RpcError.BadRequest, Errno.Inval), (RpcError.UnknownService, Errno.NoEnt),
            (RpcError.ServerFailed, Errno.IO),
        ];
        answers.Select(answer => answer.Error).Should().BeEquivalentTo(Enum.GetValues<RpcError>());
        await using var host = Create(builder =>
        {
            foreach (var (error, _) in answers) builder.AddRpcService(error.ToString());
            builder.AddRpcService("echo");
        });

        var calls = answers.Select(answer => answer.Error.ToString()).Append("echo")
            .SelectMany(service => new[] { $"open 0 b /beta/rpc/{service}/call rw", "write 0 5", "read 0 5" });
        var read = (await host.CallAsync(calls)).Where((_, index) => index % 3 == 2).ToArray();

        read[..^1].Should().Equal(answers.Select(answer => Answer.Print(answer.Expected)));
        read[^1].Should().StartWith("5 ");
        host.Logs.Entries.Should().BeEmpty();
    }

    // Without a transport: what is no answer of a handler is its failure.
    [Theory]
    [InlineData(RpcError.Denied, Errno.Access)]
    [InlineData(RpcError.OverQuota, Errno.DQuot)]
    [InlineData(RpcError.Busy, Errno.Busy)]
    [InlineData(RpcError.BadRequest, Errno.Inval)]
    [InlineData(RpcError.TimedOut, Errno.IO)]
    public async Task Handler_ThatRefuses_IsTheErrnoOfTheCall(RpcError error, Errno expected)
    {
        await using var host = new OutsideHost(builder => builder.AddRpcService("refusing", (_, _, _) => throw new RpcException(error)));

        (await host.CallAsync("open 0 b /beta/rpc/refusing/call rw", "write 0 5", "read 0 5"))[2].Should().Be(Answer.Print(expected));

        host.Logs.Entries.Should().HaveCount(expected == Errno.IO ? 1 : 0);
    }

    [Fact]
    public async Task Publish_OfWhichTheTransportSaysSo_GetsThatErrno()
    {
        await using var host = Create(builder =>
        {
            foreach (var error in s_errors) builder.AddTopic(error.ToString());
            builder.AddTopic("published");
        });

        var calls = s_errors.Select(error => error.ToString()).Append("published")
            .SelectMany(topic => new[] { $"open 0 b /beta/topic/{topic} w", "write 0 5" });
        var written = (await host.CallAsync(calls)).Where((_, index) => index % 2 == 1).ToArray();

        written[..^1].Should().Equal(s_errors.Select(Answer.Print));
        written[^1].Should().StartWith("5 ");
        host.Logs.Entries.Should().BeEmpty();
    }

    private static OutsideHost Create(Action<WasiCloud.Embedding.IWasiCloudBuilder> build) => new(builder =>
    {
        var transport = new AnsweringTransport();
        builder.Services.AddSingleton<IRpcTransport>(transport).AddSingleton<ITopicTransport>(transport);
        build(builder);
    });
}
