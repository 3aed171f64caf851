using FluentAssertions;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Invocations;

/// <summary>Counts what the whole process allocates, so nothing else may run beside it.</summary>
[Collection("Process")]
public sealed class InvocationAllocationTests
{
    private const int Invocations = 2_000;
    private const int Limit = 1 << 10;

    [Fact]
    public async Task Invoke_OfASmallGuestAgainAndAgain_AllocatesOneKibibyte()
    {
        await using var host = new TestHost();
        var module = await host.LoadGuestAsync("write_body");
        var request = new InvocationRequest();
        await RunAsync(host.Host, module, request);

        var before = GC.GetTotalAllocatedBytes(precise: true);
        await RunAsync(host.Host, module, request);

        var each = (GC.GetTotalAllocatedBytes(precise: true) - before) / Invocations;
        each.Should().BeLessThanOrEqualTo(Limit);
    }

    private static async Task RunAsync(IInvocationHost host, GuestModule module, InvocationRequest request)
    {
        for (var invocation = 0; invocation < Invocations; invocation++)
        {
            await using var response = await host.InvokeAsync(module, request);
            while (true)
            {
                var read = await response.Body.ReadAsync();
                response.Body.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) break;
            }

            await response.Completion;
        }
    }
}
