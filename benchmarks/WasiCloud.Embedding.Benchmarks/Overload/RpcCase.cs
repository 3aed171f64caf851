using System.Buffers;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Rpc;

namespace WasiCloud.Embedding.Benchmarks.Overload;

/// <summary>Calls of a service, which two guests answer.</summary>
internal sealed class RpcCase() : WorkCase("rpc", 700_000)
{
    private const string Service = "work";

    private static readonly ReadOnlySequence<byte> Question = new("question"u8.ToArray());

    private Task[] _servers = [];
    private IGuestRpc _rpc = null!;

    protected override void Configure(IWasiCloudBuilder builder) =>
        builder.AddRpcService(Service, RpcAccess.Call | RpcAccess.Serve).ConfigureRpc(options => options.CallTimeout = OpenLoop.Patience);

    protected override async Task BeginAsync()
    {
        _rpc = Host.Services.GetRequiredService<IGuestRpc>();
        _servers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() => Host.RunAsync(Module, Steps, "rpc", Service)))];
        while (await AskAsync(CancellationToken.None) != Answer.Good) await Task.Delay(10);
    }

    protected override async Task EndAsync()
    {
        _rpc.Stop(Service);
        await Task.WhenAll(_servers);
    }

    protected override Task<Answer> AskAsync(CancellationToken cancellationToken) =>
        Answers.OfAsync(_rpc.CallAsync(Service, Question, new ArrayBufferWriter<byte>(), cancellationToken).AsTask());
}
