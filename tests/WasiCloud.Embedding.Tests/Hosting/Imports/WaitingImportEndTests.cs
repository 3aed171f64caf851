using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Imports;

// Calls that run the guest on the test's own thread are what is tested.
#pragma warning disable VSTHRD103

/// <summary>Functions of the application that wait while the guest is to end: those that heed their token, and those that never complete.</summary>
public sealed class WaitingImportEndTests : IDisposable
{
    private readonly SemaphoreSlim _entered = new(0);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private GuestAsyncCaller? _caller;

    public void Dispose() => _entered.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Command_Cancelled_EndsWhateverTheHandlerDoes(bool heedsToken)
    {
        await using var host = CreateHost(heedsToken);
        var module = await host.LoadTextAsync(WaitingGuests.Command);
        using var cancellation = new CancellationTokenSource();
        var run = host.RunAsync(module, cancellationToken: cancellation.Token);
        await EnteredAsync();

        await cancellation.CancelAsync();

        (await run.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>(
            )).Which.CancellationToken.Should().Be(cancellation.Token);
        ShouldBeOver();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Command_OutOfTime_EndsWhateverTheHandlerDoes(bool heedsToken)
    {
        var time = new TimerSignal();
        await using var host = CreateHost(heedsToken, time);
        var module = await host.LoadTextAsync(WaitingGuests.Command);
        var run = host.RunAsync(module, new InvocationRequest { Timeout = TimeSpan.FromMinutes(1) });
        await EnteredAsync();

        time.Advance(TimeSpan.FromMinutes(1));

        (await run.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.Time);
        ShouldBeOver();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Command_HostDisposed_EndsWhateverTheHandlerDoes(bool heedsToken)
    {
        var host = CreateHost(heedsToken);
        var run = host.RunAsync(await host.LoadTextAsync(WaitingGuests.Command));
        await EnteredAsync();

        await host.DisposeAsync();

        await run.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
        ShouldBeOver();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Call_Cancelled_EndsWhateverTheHandlerDoes(bool heedsToken)
    {
        await using var host = CreateHost(heedsToken);
        await using var instance = await host.StartTextAsync(WaitingGuests.Reactor);
        using var cancellation = new CancellationTokenSource();
        var call = Task.Run(() => instance.GetFunction<int, int, int>("go").Call(8, 5, default, cancellation.Token));
        await EnteredAsync();

        await cancellation.CancelAsync();

        (await call.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>(
            )).Which.CancellationToken.Should().Be(cancellation.Token);
        instance.Failure.Should().BeAssignableTo<OperationCanceledException>();
        ShouldBeOver();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CallAsync_OutOfTime_EndsWhateverTheHandlerDoes(bool heedsToken)
    {
        var time = new TimerSignal();
        await using var host = CreateHost(heedsToken, time);
        await using var instance = await host.StartTextAsync(WaitingGuests.Reactor, new InvocationRequest { Timeout = TimeSpan.FromMinutes(1) });
        var call = instance.GetFunction<int, int, int>("go").CallAsync(8, 5);
        await EnteredAsync();

        time.Advance(TimeSpan.FromMinutes(1));

        (await call.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.Time);
        ShouldBeOver();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dispose_OfTheInstance_EndsWhateverTheHandlerDoes(bool heedsToken)
    {
        await using var host = CreateHost(heedsToken);
        var instance = await host.StartTextAsync(WaitingGuests.Reactor);
        var call = instance.GetFunction<int, int, int>("go").CallAsync(8, 5);
        await EnteredAsync();

        await instance.DisposeAsync().AsTask().WaitAsync(TestHost.Patience);

        await call.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
        ShouldBeOver();
    }

    [Fact]
    public async Task Caller_AfterTheCall_IsOutOfReach()
    {
        await using var host = new TestHost(build: builder => builder.AddImport("env", "wait", (GuestAsyncCaller caller, int address, int length) =>
        {
            _caller = caller;
            caller.WriteMemory(0, [1]);
            return ValueTask.FromResult(7);
        }));
        await using var instance = await host.StartTextAsync(WaitingGuests.Reactor);

        instance.GetFunction<int, int, int>("go").Call(8, 5).Should().Be(7);

        ShouldBeOver();
        instance.GetFunction<int>("idle").Call().Should().Be(1);
    }

    // The memory of a guest that has ended is the next one's.
    [Fact]
    public async Task Handler_ThatGoesOnAfterItsGuest_TouchesNobodysMemory()
    {
        var late = new TaskCompletionSource<Exception?>();
        var isFirst = true;
        await using var host = new TestHost(
            options => options.MaxConcurrentInvocations = 1,
            builder => builder.AddImport("env", "wait", async (GuestAsyncCaller caller, uint address, uint length) =>
            {
                if (!isFirst) return caller.ReadMemory(address, length)[0] == 'h' ? 7 : 8;
                isFirst = false;
                _entered.Release();
                await _released.Task;
                late.SetResult(Record.Exception(() => caller.WriteMemory(address, new byte[length])));
                return 7;
            }));
        var module = await host.LoadTextAsync(WaitingGuests.Command);
        using var cancellation = new CancellationTokenSource();
        var run = host.RunAsync(module, cancellationToken: cancellation.Token);
        await EnteredAsync();
        await cancellation.CancelAsync();
        await run.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();

        _released.SetResult();
        (await late.Task.WaitAsync(TestHost.Patience)).Should().BeOfType<ObjectDisposedException>();

        (await host.RunAsync(module)).ExitCode.Should().Be(0);
    }

    // Copies while the call ends: either is first.
    [Fact]
    public async Task Memory_CopiedWhileTheCallEnds_IsCopiedOrRefused()
    {
        var copies = new List<Task>();
        await using var host = new TestHost(build: builder => builder.AddImport("env", "wait", async (GuestAsyncCaller caller, uint address, uint length) =>
        {
            var begun = new TaskCompletionSource();
            copies.Add(Task.Run(() =>
            {
                var bytes = new byte[60_000];
                begun.SetResult();
                while (true)
                {
                    try
                    {
                        caller.ReadMemory(0, bytes);
                        caller.WriteMemory(0, bytes);
                    }
                    catch (ObjectDisposedException)
                    {
                        return;
                    }
                }
            }));
            await begun.Task;
            return 7;
        }));
        var module = await host.LoadTextAsync(WaitingGuests.Command);

        for (var run = 0; run < 50; run++) await host.RunAsync(module);

        await Task.WhenAll(copies).WaitAsync(TestHost.Patience);
    }

    [Theory]
    [InlineData("call")]
    [InlineData("call-async")]
    [InlineData("read")]
    [InlineData("find")]
    [InlineData("size")]
    public async Task Handler_ThatUsesTheInstanceThatWaitsForIt_IsRefused(string use)
    {
        GuestInstance? self = null;
        GuestFunction? idle = null;
        await using var host = new TestHost(build: builder => builder.AddImport("env", "wait", async (GuestAsyncCaller caller, int address, int length) =>
        {
            await Task.Yield();
            await UseAsync(self!, idle!, use);
            return 7;
        }));
        await using var instance = self = await host.StartTextAsync(WaitingGuests.Reactor);
        idle = instance.GetFunction("idle");
        var go = instance.GetFunction<int, int, int>("go");

        (await go.Awaiting(it => it.CallAsync(0, 0).WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestTrapException>())
            .WithInnerException<InvalidOperationException>().WithMessage("*is calling this function*");
    }

    [Fact]
    public async Task Handler_ThatUsesTheInstanceByWayOfAnother_IsRefused()
    {
        GuestInstance? first = null, second = null;
        await using var host = new TestHost(build: builder => builder.AddImport("env", "wait", async (GuestAsyncCaller caller, int address, int length) =>
        {
            await Task.Yield();
            return address == 0
                ? await second!.GetFunction<int, int, int>("go").CallAsync(1, 0)
                : await first!.GetFunction<int, int, int>("go").CallAsync(2, 0);
        }));
        var module = await host.LoadTextAsync(WaitingGuests.Reactor);
        await using var one = first = await host.Host.StartAsync(module, new InvocationRequest());
        await using var two = second = await host.Host.StartAsync(module, new InvocationRequest());

        var call = one.GetFunction<int, int, int>("go").CallAsync(0, 0);
        var failure = (await call.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestTrapException>()).Which;

        failure.InnerException.Should().BeOfType<GuestTrapException>("the second failed").Which.InnerException
            .Should().BeOfType<InvalidOperationException>().Which.Message.Should().Contain("is calling this function");
    }

    [Fact]
    public async Task Handler_ThatUsesAnotherInstance_GetsItsAnswer()
    {
        GuestInstance? other = null;
        await using var host = new TestHost(
            options => options.MaxComputingGuests = 1,
            builder => builder.AddImport("env", "wait", async (GuestAsyncCaller caller, int address, int length) =>
            {
                await Task.Yield();
                return address == 0 ? 6 + await other!.GetFunction<int>("idle").CallAsync() : throw new InvalidOperationException();
            }));
        await using var instance = await host.StartTextAsync(WaitingGuests.Reactor);
        await using var second = other = await host.StartTextAsync(WaitingGuests.Reactor);

        instance.GetFunction<int, int, int>("go").Call(0, 0).Should().Be(7);
        (await instance.GetFunction<int, int, int>("go").CallAsync(0, 0)).Should().Be(7);
    }

    // What a handler leaves behind is no part of the call.
    [Fact]
    public async Task WorkThatOutlivesTheCall_MayUseTheInstance()
    {
        GuestInstance? self = null;
        Task<int>? later = null;
        await using var host = new TestHost(build: builder => builder.AddImport("env", "wait", async (GuestAsyncCaller caller, int address, int length) =>
        {
            later = Task.Run(async () =>
            {
                await _released.Task;
                return await self!.GetFunction<int>("idle").CallAsync();
            });
            await Task.Yield();
            return 7;
        }));
        await using var instance = self = await host.StartTextAsync(WaitingGuests.Reactor);
        instance.GetFunction<int, int, int>("go").Call(0, 0).Should().Be(7);

        _released.SetResult();

        (await later!.WaitAsync(TestHost.Patience)).Should().Be(1);
    }

    private static async Task UseAsync(GuestInstance instance, GuestFunction idle, string use)
    {
        switch (use)
        {
            case "call":
                idle.Call();
                break;
            case "call-async":
                await idle.CallAsync();
                break;
            case "read":
                instance.ReadMemory(0, new byte[1]);
                break;
            case "find":
                instance.GetFunction("idle");
                break;
            default:
                _ = instance.MemoryBytes;
                break;
        }
    }

    private TestHost CreateHost(bool heedsToken, TimeProvider? time = null) => new(
        build: builder => builder.AddImport("env", "wait", async (GuestAsyncCaller caller, int address, int length) =>
        {
            _caller = caller;
            _entered.Release();
            await (heedsToken ? _released.Task.WaitAsync(caller.CancellationToken) : _released.Task);
            return 7;
        }),
        time: time);

    private async Task EnteredAsync() => (await _entered.WaitAsync(TestHost.Patience)).Should().BeTrue();

    private void ShouldBeOver()
    {
        var caller = _caller ?? throw new InvalidOperationException("It was not called.");
        caller.Invoking(it => it.ReadMemory(0, new byte[1])).Should().Throw<ObjectDisposedException>();
        caller.Invoking(it => it.ReadMemory(0, 1)).Should().Throw<ObjectDisposedException>();
        caller.Invoking(it => it.WriteMemory(0, [1])).Should().Throw<ObjectDisposedException>();
    }
}
