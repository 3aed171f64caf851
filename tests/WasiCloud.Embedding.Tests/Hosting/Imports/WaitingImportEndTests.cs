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
