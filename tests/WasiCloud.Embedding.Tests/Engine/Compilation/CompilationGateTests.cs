using FluentAssertions;
using WasiCloud.Embedding.Engine.Compilation;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Compilation;

public class CompilationGateTests
{
    [Fact]
    public async Task Enter_AllPlacesTaken_WaitsForOne()
    {
        var gate = new CompilationGate(maxCompilations: 2, maxBytes: 100);
        using var first = await EnterAsync(gate, 1);
        using var second = await EnterAsync(gate, 1);
        var third = EnterAsync(gate, 1);
        third.IsCompleted.Should().BeFalse();

        first.Dispose();
        first.Dispose();

        using var place = await third.WaitAsync(TestHost.Patience);
        EnterAsync(gate, 1).IsCompleted.Should().BeFalse("a place is given back once");
    }

    [Fact]
    public async Task Enter_MoreMemoryThanIsLeft_Waits()
    {
        var gate = new CompilationGate(maxCompilations: 10, maxBytes: 100);
        var first = await EnterAsync(gate, 60);
        var large = EnterAsync(gate, 41);
        var small = EnterAsync(gate, 1);
        (large.IsCompleted, small.IsCompleted).Should().Be((false, false), "nobody overtakes");

        first.Dispose();

        (await large.WaitAsync(TestHost.Patience)).Dispose();
        (await small.WaitAsync(TestHost.Patience)).Dispose();
    }

    [Fact]
    public async Task Enter_MoreThanThereIsInAll_ComesToItsTurnAlone()
    {
        var gate = new CompilationGate(maxCompilations: 10, maxBytes: 100);
        using var place = await EnterAsync(gate, long.MaxValue);

        EnterAsync(gate, 1).IsCompleted.Should().BeFalse();
    }

    [Fact]
    public async Task Enter_GivenUpByTheFirstInTheQueue_LetsThoseBehindItIn()
    {
        var gate = new CompilationGate(maxCompilations: 10, maxBytes: 100);
        using var cancellation = new CancellationTokenSource();
        using var first = await EnterAsync(gate, 60);
        var large = gate.EnterAsync(50, cancellation.Token).AsTask();
        var small = EnterAsync(gate, 40);

        await cancellation.CancelAsync();

        await large.Awaiting(it => it).Should().ThrowAsync<OperationCanceledException>();
        (await small.WaitAsync(TestHost.Patience)).Dispose();
    }

    [Fact]
    public async Task Enter_ManyAtOnce_NeverMoreThanAllowed()
    {
        var gate = new CompilationGate(maxCompilations: 3, maxBytes: 10);
        var (now, most) = (0, 0);
        await Parallel.ForEachAsync(Enumerable.Range(0, 500), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (index, cancellationToken) =>
        {
            using var place = await gate.EnterAsync(index % 7, cancellationToken);
            var inside = Interlocked.Increment(ref now);
            if (inside > Volatile.Read(ref most)) Volatile.Write(ref most, inside);
            await Task.Yield();
            Interlocked.Decrement(ref now);
        });

        (now, most).Should().Match<(int Now, int Most)>(it => it.Now == 0 && it.Most <= 3);
    }

    private static Task<IDisposable> EnterAsync(CompilationGate gate, long bytes) => gate.EnterAsync(bytes, CancellationToken.None).AsTask();
}
