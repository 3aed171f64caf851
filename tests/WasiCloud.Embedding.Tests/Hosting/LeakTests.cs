using System.Runtime.CompilerServices;
using FluentAssertions;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

/// <summary>Counts what the whole process holds, so nothing else may run beside it.</summary>
[CollectionDefinition("Process", DisableParallelization = true)]
public sealed class ProcessCollection;

[Collection("Process")]
public sealed class LeakTests
{
    private const int Invocations = 2_000;

    [Fact]
    public async Task Invocations_OfEveryKind_LeaveNothingBehind()
    {
        var host = new TestHost(options => options.MaxMemoryBytes = 8 << 20);
        GuestModule[] modules =
            [await host.LoadGuestAsync("empty"), await host.LoadGuestAsync("trap"), await host.LoadGuestAsync("fault"), await host.LoadGuestAsync("loop")];
        _ = await RunManyAsync(host, modules, 200);
        ProcessCount.Collect();
        var handles = ProcessCount.Descriptors;

        var requests = await RunManyAsync(host, modules, Invocations);
        ProcessCount.Collect();

        CountAlive(requests).Should().BeLessThan(10, "no invocation is kept, but the last few may still be on a stack");
        ProcessCount.Descriptors.Should().BeCloseTo(handles, 5);
        await host.DisposeAsync();
        SpinWait.SpinUntil(() => ProcessCount.GuestThreads == 0, TestHost.Patience).Should().BeTrue("disposal ends every thread");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<List<WeakReference>> RunManyAsync(TestHost host, GuestModule[] modules, int count)
    {
        var requests = new List<WeakReference>();
        using var cancellation = new CancellationTokenSource();
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (index, _) =>
        {
            var request = new InvocationRequest
            {
                Arguments = [index % 16 < 8 ? "abort" : "flood"],
                Timeout = TimeSpan.FromMilliseconds(index % 50 == 3 ? 1 : 30_000)
            };
            lock (requests) requests.Add(new WeakReference(request));
            using var one = CancellationTokenSource.CreateLinkedTokenSource(cancellation.Token);
            if (index % 4 == 3 && index % 50 != 3) one.CancelAfter(1);
            var run = DiscardAsync(host, modules[index % modules.Length], request, one.Token);
            await run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        return requests;
    }

    // Reads no body, so that a flood is ended by the disposal of its response.
    private static async Task DiscardAsync(TestHost host, GuestModule module, InvocationRequest request, CancellationToken cancellationToken)
    {
        await using var response = await host.Host.InvokeAsync(module, request, cancellationToken);
    }

    private static int CountAlive(List<WeakReference> references) => references.Count(reference => reference.IsAlive);
}
