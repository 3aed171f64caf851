using FluentAssertions;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

/// <summary>One guest runs at a time and its time is not limited here, so that the next request is answered only if the first one's guest was ended.</summary>
public sealed class AbortTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Client_GoesAwayBeforeTheHead_EndsTheGuest(int version)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await Start(builder => builder.MapObserved("/", TestGuests.Named("loop"), () => reached.SetResult()));
        using var cancellation = new CancellationTokenSource();

        var request = server.ClientOf(version).GetAsync("/", cancellation.Token);
        await reached.Task.WaitAsync(TestLimits.Patience);
        await cancellation.CancelAsync();

        await request.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        await ShouldHaveEndedAsync(server);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Client_GoesAwayAfterTheHead_EndsTheGuest(int version)
    {
        await using var server = await Start(builder => builder.Map("/", TestGuests.SendBodyAsResponseAnd(TestGuests.Loop)));
        using var message = new HttpRequestMessage(HttpMethod.Post, "/")
        {
            Version = new Version(version, version == 1 ? 1 : 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new StringContent("HTTP/1.1 200 OK\r\n\r\nfirst"),
        };

        var response = await server.ClientOf(version).SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        response.Dispose();

        await ShouldHaveEndedAsync(server);
    }

    [Fact]
    public async Task Client_ResetsWhileTheGuestReads_EndsTheGuest()
    {
        await using var server = await Start(builder => builder.Map("/", TestGuests.SendBodyAsResponse));
        using var connection = await RawConnection.OpenAsync(server);

        await connection.SendAsync("POST / HTTP/1.1\r\nHost: guest\r\nContent-Length: 1000\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
        await connection.ReadHeadAsync();
        connection.Reset();

        await ShouldHaveEndedAsync(server);
    }

    [Fact]
    public async Task Client_StopsReading_TheGuestWaitsAndEndsWithTheConnection()
    {
        await using var server = await Start(builder => builder.MapFault("/", "flood"));
        using var connection = await RawConnection.OpenAsync(server);

        await connection.SendAsync("GET / HTTP/1.1\r\nHost: guest\r\n\r\n");
        await connection.ReadHeadAsync();
        connection.Reset();

        await ShouldHaveEndedAsync(server);
    }

    private static Task<GuestServer> Start(Func<GuestServerBuilder, GuestServerBuilder> map) =>
        map(new GuestServerBuilder()).Map("/next", TestGuests.Named("echo"))
            .WithLimits(options => (options.MaxConcurrentInvocations, options.ExecutionTimeout) = (1, Timeout.InfiniteTimeSpan)).StartAsync();

    private static async Task ShouldHaveEndedAsync(GuestServer server)
    {
        using var content = new StringContent("next");
        using var next = await server.Client.PostAsync("/next", content);
        var entry = await server.Log.FirstAsync();

        (await next.Content.ReadAsStringAsync()).Should().Be("next");
        entry.Level.Should().Be(LogLevel.Debug);
        entry.Message.Should().Be("The client of guest / went away.");
        server.Log.Errors.Should().BeEmpty();
    }
}
