using System.Net;
using System.Text.Json;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

public sealed class FailureTests
{
    [Theory]
    [InlineData(typeof(GuestExitException), "exit", "1")]
    [InlineData(typeof(GuestTrapException), "abort")]
    [InlineData(typeof(GuestTrapException), "unreachable")]
    [InlineData(typeof(GuestTrapException), "stackoverflow")]
    [InlineData(typeof(GuestTrapException), "stackoverflow-hostcall")]
    [InlineData(typeof(GuestLimitException), "allocate")]
    public async Task Guest_FailsBeforeItsHead_IsServerError(Type exception, params string[] fault)
    {
        await using var server = await new GuestServerBuilder().MapFault("/", fault).WithLimits(options => options.MaxMemoryBytes = 16 << 20).StartAsync();

        using var response = await server.Client.GetAsync("/");
        var problem = await ReadProblemAsync(response);

        response.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        problem.GetProperty("status").GetInt32().Should().Be(500);
        problem.GetProperty("title").GetString().Should().Be("Internal Server Error");
        server.Log.Errors.Should().ContainSingle().Which.Exception.Should().BeOfType(exception);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Problem_TellsNothingOfTheInside_TheLogDoes(bool hasService)
    {
        var builder = new GuestServerBuilder().MapFault("/", "stderr", "70");
        if (hasService) builder.WithServices(services => services.AddProblemDetails());
        await using var server = await builder.StartAsync();

        using var response = await server.Client.GetAsync("/");
        var text = await response.Content.ReadAsStringAsync();
        var entry = await server.Log.FirstAsync();

        text.Should().NotContainEquivalentOf("stderr").And.NotContainEquivalentOf("guest").And.NotContain("exit");
        JsonDocument.Parse(text).RootElement.EnumerateObject().Select(member => member.Name).Should().BeSubsetOf(["type", "title", "status", "traceId"]);
        entry.Level.Should().Be(LogLevel.Error);
        entry.Message.Should().Contain("Guest / failed").And.Contain("stderr stderr stderr");
        entry.Exception.Should().BeOfType<GuestExitException>();
    }

    [Fact]
    public async Task Problem_ServiceRegistered_IsCustomized()
    {
        await using var server = await new GuestServerBuilder().MapFault("/", "abort")
            .WithServices(services =>
                services.AddProblemDetails(options => options.CustomizeProblemDetails = problem => problem.ProblemDetails.Extensions["node"] = "a1"))
            .StartAsync();

        using var response = await server.Client.GetAsync("/");

        (await ReadProblemAsync(response)).GetProperty("node").GetString().Should().Be("a1");
    }

    [Fact]
    public async Task Problem_ServiceDeclinesBecauseOfAccept_IsWrittenAllTheSame()
    {
        await using var server = await new GuestServerBuilder().MapFault("/", "abort").WithServices(services => services.AddProblemDetails()).StartAsync();
        using var message = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "Accept", "text/html" } } };

        using var response = await server.Client.SendAsync(message);

        (await ReadProblemAsync(response)).GetProperty("status").GetInt32().Should().Be(500);
    }

    [Fact]
    public async Task Connection_AfterAFailureBeforeTheHead_IsReused()
    {
        await using var server = await new GuestServerBuilder().MapFault("/fault", "abort").Map("/echo", TestGuests.Named("echo")).StartAsync();
        using var connection = await RawConnection.OpenAsync(server);

        await connection.SendAsync("POST /fault HTTP/1.1\r\nHost: guest\r\nContent-Length: 5\r\n\r\nhello");
        (await connection.ReadHeadAsync()).Should().StartWith("HTTP/1.1 500 ");
        await connection.ReadChunksAsync();
        await connection.SendAsync("POST /echo HTTP/1.1\r\nHost: guest\r\nContent-Length: 5\r\n\r\nagain");

        (await connection.ReadHeadAsync()).Should().StartWith("HTTP/1.1 200 ");
        (await connection.ReadChunksAsync()).Should().Be("again");
    }

    private static async Task<JsonElement> ReadProblemAsync(HttpResponseMessage response)
    {
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }
}
