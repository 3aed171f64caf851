using System.IO.Pipelines;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

/// <summary>What happens to many guests at one time, on each executor, whichever the other tests run on.</summary>
[Collection("Process")]
public sealed class ManyGuestsTests : IDisposable
{
    // On fibers, 10,000 would take 60,000 of the 65,530 mappings that Linux allows a process; a guest on a thread takes ten.
    private const int ParkedOnFibers = 2_000;
    private const int ParkedOnThreads = 500;

    private readonly Gate _gate = new();

    public void Dispose() => _gate.Dispose();

    [Theory]
    [InlineData(GuestExecution.Threads)]
    [InlineData(GuestExecution.Fibers)]
    public async Task Time_GuestsThatNeverYield_EndAtTheirDeadlineWhileNeighboursAnswer(GuestExecution execution)
    {
        var time = new FakeTimeProvider();
        await using var host = new TestHost(options => options.Execution = execution, time: time);
        var echo = await host.LoadGuestAsync("echo");
        var body = new Pipe();
        var talk = host.Host.InvokeAsync(echo, new InvocationRequest { Method = "POST", Body = body.Reader, Timeout = Timeout.InfiniteTimeSpan });
        await body.Writer.WriteAsync("before"u8.ToArray());
        await using var response = await talk.WaitAsync(TestHost.Patience);
        await ReceiveAsync(response, "before");

        // More than there are processors. They cannot end before the clock is set forward.
        var loop = await host.LoadGuestAsync("loop");
        var loops = Enumerable.Range(0, Math.Min(8, 2 * Environment.ProcessorCount))
            .Select(_ => host.RunAsync(loop, new InvocationRequest { Timeout = TestHost.Patience })).ToList();
        await body.Writer.WriteAsync("during"u8.ToArray());
        await ReceiveAsync(response, "during");
        await host.RunAsync(await host.LoadGuestAsync("write_body"));
        loops.Should().OnlyContain(run => !run.IsCompleted);
        time.Advance(TestHost.Patience);

        foreach (var run in loops) (await run.Awaiting(it => it).Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.Time);
        await body.Writer.WriteAsync("after"u8.ToArray());
        await ReceiveAsync(response, "after");
        await body.Writer.CompleteAsync();
        (await response.Completion.WaitAsync(TestHost.Patience)).ExitCode.Should().Be(0);
    }

    [Theory]
    [InlineData(GuestExecution.Threads, ParkedOnThreads)]
    [InlineData(GuestExecution.Fibers, ParkedOnFibers)]
    public async Task Cancel_AllParkedGuestsAtOnce_FreesEverything(GuestExecution execution, int guests)
    {
        var released = 0;
        var host = CreateHost(execution, guests, () => Interlocked.Increment(ref released));
        var module = await host.LoadTextAsync(GuestText.ReadGate);
        ProcessCount.Collect();
        var descriptors = ProcessCount.Descriptors;

        // The second round needs every slot that the first one took.
        for (var round = 1; round <= 2; round++)
        {
            using var cancellation = new CancellationTokenSource();
            var runs = Enumerable.Range(0, guests).Select(_ => host.RunAsync(module, cancellationToken: cancellation.Token)).ToArray();
            await _gate.ArrivedAsync(guests);
            await cancellation.CancelAsync();

            foreach (var run in runs) await run.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
            released.Should().Be(round * guests);
        }

        ProcessCount.Descriptors.Should().BeCloseTo(descriptors, 8);
        await host.DisposeAsync();
        SpinWait.SpinUntil(() => ProcessCount.GuestThreads == 0, TestHost.Patience).Should().BeTrue("disposal ends every thread");
    }

    [Theory]
    [InlineData(GuestExecution.Threads)]
    [InlineData(GuestExecution.Fibers)]
    public async Task DisposeHost_WithGuestsInFlight_CancelsThemAndLeaksNothing(GuestExecution execution)
    {
        const int Guests = 300;
        const int Loops = 2;

        // The C library keeps some of the first threads' stacks and arenas.
        await DisposeInFlightAsync(execution, Guests, Loops);
        ProcessCount.Collect();
        var (descriptors, mappings, threads) = (ProcessCount.Descriptors, ProcessCount.Mappings, ProcessCount.OwnThreads);

        await DisposeInFlightAsync(execution, Guests, Loops);

        SpinWait.SpinUntil(() => ProcessCount.OwnThreads <= threads, TestHost.Patience).Should().BeTrue("disposal ends every thread");
        ProcessCount.Collect();
        ProcessCount.Descriptors.Should().BeCloseTo(descriptors, 8);
        ProcessCount.Mappings.Should().BeLessThan(mappings + Guests, "each guest took four and more");
    }

    // On fibers guests run on the threads that invoke them.
    [Theory]
    [InlineData(GuestExecution.Threads)]
    [InlineData(GuestExecution.Fibers)]
    public async Task Invoke_OnManyThreads_LeavesNoMappingsBehind(GuestExecution execution)
    {
        const int Threads = 200;
        await using var host = new TestHost(options => options.Execution = execution);
        var module = await host.LoadGuestAsync("empty");
        await InvokeOnThreadsAsync(host, module, Threads);
        ProcessCount.Collect();
        var mappings = ProcessCount.Mappings;

        await InvokeOnThreadsAsync(host, module, Threads);

        ProcessCount.Collect();
        ProcessCount.Mappings.Should().BeLessThan(mappings + Threads);
    }

    [Theory]
    [InlineData(GuestExecution.Threads)]
    [InlineData(GuestExecution.Fibers)]
    public async Task Host_AmongAThousandThreads_RunsGuests(GuestExecution execution)
    {
        using var end = new ManualResetEventSlim();
        var threads = Enumerable.Range(0, 1_000).Select(_ => new Thread(() => end.Wait(), 128 << 10)).ToList();
        threads.ForEach(thread => thread.Start());
        try
        {
            await using var host = new TestHost(options => options.Execution = execution);
            var module = await host.LoadGuestAsync("write_body");
            for (var guest = 0; guest < 20; guest++) (await Task.Run(() => host.RunAsync(module))).ExitCode.Should().Be(0);
        }
        finally
        {
            end.Set();
            threads.ForEach(thread => thread.Join());
        }
    }

    private async Task DisposeInFlightAsync(GuestExecution execution, int guests, int loops)
    {
        var released = 0;
        var host = CreateHost(execution, guests + loops, () => Interlocked.Increment(ref released));
        var waiting = await host.LoadTextAsync(GuestText.ReadGate);
        var looping = await host.LoadGuestAsync("loop");
        var runs = Enumerable.Range(0, guests + loops).Select(index => host.RunAsync(index < guests ? waiting : looping)).ToList();
        await _gate.ArrivedAsync(guests);

        await host.DisposeAsync();

        foreach (var run in runs) await run.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
        released.Should().BeGreaterThanOrEqualTo(guests);
    }

    private static async Task InvokeOnThreadsAsync(TestHost host, GuestModule module, int threads)
    {
        for (var number = 0; number < threads; number++)
        {
            var run = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
            var thread = new Thread(() => run.SetResult(host.RunAsync(module)), 1 << 20);
            thread.Start();
            await (await run.Task);
            thread.Join();
        }
    }

    private TestHost CreateHost(GuestExecution execution, int guests, Action onRelease) => new(
        options => (options.Execution, options.MaxConcurrentInvocations, options.MaxConcurrentInvocationsPerModule, options.MaxMemoryBytes) =
            (execution, guests, guests, 1 << 20),
        builder => builder.AddMount("/test", FileAccess.Read, _ => new TestMount { OnRead = _gate.PassAsync, OnRelease = onRelease }));

    private static async Task ReceiveAsync(InvocationResponse response, string text)
    {
        var received = new byte[text.Length];
        await response.Body.AsStream(leaveOpen: true).ReadExactlyAsync(received).AsTask().WaitAsync(TestHost.Patience);
        Encoding.UTF8.GetString(received).Should().Be(text);
    }
}
