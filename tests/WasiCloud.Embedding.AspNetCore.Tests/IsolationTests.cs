using System.Net;
using FluentAssertions;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

public sealed class IsolationTests
{
    [Fact]
    public async Task Requests_BesideGuestsThatLoopAndRecurse_ProceedUntouched()
    {
        const int Requests = 100;
        var looping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await new GuestServerBuilder()
            .MapObserved("/loop", TestGuests.Named("loop"), () => looping.SetResult())
            .MapFault("/recurse", "stackoverflow-hostcall")
            .Map("/echo", TestGuests.Named("echo"))
            .StartAsync();
        using var cancellation = new CancellationTokenSource();
        var loop = server.Client.GetAsync("/loop", cancellation.Token);
        await looping.Task.WaitAsync(TestLimits.Patience);

        var recursions = Enumerable.Range(0, Requests / 10).Select(_ => server.Client.GetAsync("/recurse")).ToArray();
        var echoes = await Task.WhenAll(Enumerable.Range(0, Requests).Select(number => EchoAsync(server, number)));

        echoes.Should().Equal(Enumerable.Range(0, Requests).Select(number => $"request {number}"));
        foreach (var recursion in await Task.WhenAll(recursions)) recursion.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        loop.IsCompleted.Should().BeFalse();
        await cancellation.CancelAsync();
        await loop.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
    }

    private static async Task<string> EchoAsync(GuestServer server, int number)
    {
        using var content = new StringContent($"request {number}");
        using var response = await server.Client.PostAsync("/echo", content);
        return await response.Content.ReadAsStringAsync();
    }
}
