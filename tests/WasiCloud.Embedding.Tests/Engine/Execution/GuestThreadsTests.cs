using FluentAssertions;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Execution;

public sealed class GuestThreadsTests : IAsyncLifetime, IDisposable
{
    private readonly WasmEngine _engine = new(new EngineSettings(1 << 20, 10, 64 << 10, 8), Preview1Functions.Table);
    private CompiledModule _module = null!;

    public async Task InitializeAsync() => _module = await ModuleLoading.LoadEmptyAsync(_engine);

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _module.Dispose();
        _engine.Dispose();
    }

    [Fact]
    public async Task Run_OneGuestAfterAnother_UsesOneThread()
    {
        await using var threads = Create(Timeout.InfiniteTimeSpan);

        for (var run = 0; run < 100; run++)
        {
            (await threads.RunAsync(CreateRun(), long.MaxValue)).ExitCode.Should().Be(0);

            // The outcome is told just before the thread is ready for the next.
            threads.Count.Should().BeLessThanOrEqualTo(2);
        }
    }

    [Fact]
    public async Task Run_WhileThreadsRetire_LosesNoGuest()
    {
        await using var threads = Create(TimeSpan.Zero);

        await Parallel.ForEachAsync(Enumerable.Range(0, 400), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (_, cancellationToken) =>
            (await threads.RunAsync(CreateRun(), long.MaxValue).AsTask().WaitAsync(TestHost.Patience, cancellationToken)).ExitCode.Should().Be(0));
    }

    [Fact]
    public async Task Dispose_WaitsForTheLastThread()
    {
        var threads = Create(Timeout.InfiniteTimeSpan);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => threads.RunAsync(CreateRun(), long.MaxValue).AsTask()));

        await threads.DisposeAsync().AsTask().WaitAsync(TestHost.Patience);

        threads.Count.Should().Be(0);
        await threads.Awaiting(it => it.RunAsync(CreateRun(), long.MaxValue).AsTask()).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Fact]
    public async Task Dispose_OfUnusedThreads_Completes()
    {
        await Create(Timeout.InfiniteTimeSpan).DisposeAsync().AsTask().WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task Run_OfADisposedModule_IsAFailureOfTheTask()
    {
        await using var threads = Create(Timeout.InfiniteTimeSpan);
        var run = CreateRun();
        _module.Dispose();

        await threads.Awaiting(it => it.RunAsync(run, long.MaxValue)).Should().ThrowAsync<ObjectDisposedException>();
    }

    private GuestThreads Create(TimeSpan idleTimeout) => new(_engine.Settings.ThreadStackBytes, idleTimeout);

    private GuestStore CreateRun() => ModuleLoading.CreateStore(_module);
}
