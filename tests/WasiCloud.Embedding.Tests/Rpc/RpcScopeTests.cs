using System.Buffers;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Rpc;

/// <summary>The services of a call.</summary>
public sealed class RpcScopeTests : IAsyncTest
{
    private const int LogOfFailedHandler = 18;

    private readonly Resources _resources = new();
    private readonly TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TestHost _host;
    private readonly IGuestRpc _rpc;
    private RpcRequest _kept;

    public RpcScopeTests()
    {
        _host = new TestHost(build: builder =>
        {
            builder.Services.AddSingleton(_resources).AddScoped<Resource>();
            builder.AddRpcService<Handler>("class")
                .AddRpcService("plain", (request, response, _) =>
                {
                    _kept = request;
                    response.Write("plain"u8);
                    return default;
                })
                .AddRpcService("function", (request, response, _) =>
                {
                    var resource = request.Services.GetRequiredService<Resource>();
                    request.Services.GetRequiredService<Resource>().Should().BeSameAs(resource);
                    response.GetSpan(1)[0] = (byte)resource.Number;
                    response.Advance(1);
                    return default;
                })
                .AddRpcService("failing", (request, _, _) =>
                {
                    request.Services.GetRequiredService<Resource>();
                    throw new InvalidOperationException("expected");
                })
                .AddRpcService("bad", (request, _, _) =>
                {
                    request.Services.GetRequiredService<Resource>();
                    throw new RpcException(RpcError.BadRequest);
                })
                .AddRpcService("unreleasable", (request, response, _) =>
                {
                    request.Services.GetRequiredService<Resource>().CannotBeReleased = true;
                    response.Write("answer"u8);
                    return default;
                })
                .AddRpcService("waiting", async (request, _, token) =>
                {
                    request.Services.GetRequiredService<Resource>();
                    _waiting.SetResult();
                    await Task.Delay(Timeout.Infinite, token);
                });
        });
        _rpc = _host.Services.GetRequiredService<IGuestRpc>();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("class")]
    [InlineData("function")]
    public async Task Scope_OfEachCall_IsItsOwnAndReleasedBeforeTheAnswer(string service)
    {
        for (var number = 1; number <= 3; number++)
        {
            (await _rpc.CallAsync(service, "x"u8.ToArray())).Span.ToArray().Should().Equal((byte)number);

            (_resources.Made, _resources.Released).Should().Be((number, number));
        }
    }

    [Fact]
    public async Task Scope_OfCallsAtOneTime_IsEachOnesOwn()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(async () => (await _rpc.CallAsync("class", "x"u8.ToArray())).Span[0])));

        answers.Should().OnlyHaveUniqueItems();
        (_resources.Made, _resources.Released).Should().Be((50, 50));
    }

    [Fact]
    public async Task Scope_OfACallByAGuest_IsReleased()
    {
        var guest = await _host.LoadGuestAsync("rpc");

        await _host.RunAsync(guest, TestHost.WithArguments("call", "class", "x"));

        (_resources.Made, _resources.Released).Should().Be((1, 1));
    }

    [Theory]
    [InlineData("failing", RpcError.ServerFailed)]
    [InlineData("bad", RpcError.BadRequest)]
    public async Task Scope_OfACallThatFails_IsReleased(string service, RpcError error)
    {
        (await _rpc.Awaiting(it => it.CallAsync(service, "x"u8.ToArray()).AsTask()).Should().ThrowAsync<RpcException>()).Which.Error.Should().Be(error);

        (_resources.Made, _resources.Released).Should().Be((1, 1));
    }

    [Fact]
    public async Task Scope_OfACallThatIsCancelled_IsReleased()
    {
        using var cancellation = new CancellationTokenSource();

        var call = _rpc.CallAsync("waiting", "x"u8.ToArray(), cancellation.Token).AsTask();
        await _waiting.Task.WaitAsync(TestHost.Patience);
        await cancellation.CancelAsync();

        await call.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
        await TestHost.UntilAsync(() => _resources.Released == 1);
    }

    [Fact]
    public async Task Scope_OfAMessageWithoutAnswer_IsReleased()
    {
        _rpc.Send("class", new ReadOnlySequence<byte>("x"u8.ToArray()));

        await TestHost.UntilAsync(() => _resources.Released == 1);
    }

    [Fact]
    public async Task Scope_ThatCannotBeReleased_IsTheHandlersFailure()
    {
        (await _rpc.Awaiting(it => it.CallAsync("unreleasable", "x"u8.ToArray()).AsTask()).Should().ThrowAsync<RpcException>())
            .Which.Error.Should().Be(RpcError.ServerFailed);

        _host.Logs[LogOfFailedHandler].Should().ContainSingle();
    }

    [Fact]
    public async Task Scope_ThatNobodyAsksFor_IsNotMade()
    {
        await _rpc.CallAsync("plain", "x"u8.ToArray());

        _resources.Made.Should().Be(0);
        _kept.ToString().Should().Contain("plain");
        _resources.Made.Should().Be(0, "a text is no use of a service");
    }

    [Fact]
    public async Task Services_OfACallThatHasEnded_AreMisuse()
    {
        await _rpc.CallAsync("plain", "x"u8.ToArray());
        var ended = _kept;
        await _rpc.CallAsync("plain", "x"u8.ToArray());

        FluentActions.Invoking(() => ended.Services).Should().Throw<ObjectDisposedException>("the next call of the same object has others");
        FluentActions.Invoking(() => default(RpcRequest).Services).Should().Throw<InvalidOperationException>();
    }

    private sealed class Resources
    {
        private int _made;
        private int _released;

        public int Made => Volatile.Read(ref _made);

        public int Released => Volatile.Read(ref _released);

        public int Make() => Interlocked.Increment(ref _made);

        public void Release() => Interlocked.Increment(ref _released);
    }

    private sealed class Resource(Resources resources) : IAsyncDisposable
    {
        public int Number { get; } = resources.Make();

        public bool CannotBeReleased { get; set; }

        public ValueTask DisposeAsync()
        {
            resources.Release();
            return CannotBeReleased ? throw new InvalidOperationException("expected") : ValueTask.CompletedTask;
        }
    }

    private sealed class Handler(Resource resource) : IRpcHandler
    {
        public async ValueTask HandleAsync(RpcRequest request, IBufferWriter<byte> response, CancellationToken cancellationToken)
        {
            request.Services.GetRequiredService<Resource>().Should().BeSameAs(resource);
            await Task.Yield();
            response.Write([(byte)resource.Number]);
        }
    }
}
