using System.Net;
using System.Net.WebSockets;
using System.Text;
using FluentAssertions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using WasiCloud.Embedding.Authority;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

/// <summary>Policies of routes, and of requests.</summary>
public sealed class PolicyTests
{
    private static readonly GuestPolicy s_context = GuestPolicy.Parse("/context r");

    [Theory]
    [InlineData("/context r", HttpStatusCode.OK)]
    [InlineData("/context/text r", HttpStatusCode.OK)]
    [InlineData("/context w", HttpStatusCode.InternalServerError)]
    [InlineData("", HttpStatusCode.InternalServerError)]
    [InlineData("/ r\n/context -", HttpStatusCode.InternalServerError)]
    public async Task Route_WithAPolicy_BindsItsGuests(string policy, HttpStatusCode expected)
    {
        await using var server = await Showing(options => options.Policy = GuestPolicy.Parse(policy)).StartAsync();

        using var response = await server.Client.GetAsync("/");
        response.StatusCode.Should().Be(expected);
    }

    [Fact]
    public async Task Configure_CanTakeFromTheRoutesPolicyAndNotAddToIt()
    {
        await using var server = await Showing(options =>
        {
            options.Policy = s_context;
            options.Configure = (http, request) => http.Request.Query["policy"].ToString() switch
            {
                "nothing" => request with { Policy = GuestPolicy.Nothing },
                "everything" => request with { Policy = GuestPolicy.Everything },
                "null" => request with { Policy = null },
                _ => request,
            };
        }).Map("/none", TestGuests.ShowContext, options =>
        {
            options.Policy = GuestPolicy.Nothing;
            options.Configure = (_, request) => request with { Policy = GuestPolicy.Everything };
        }).StartAsync();

        foreach (var (query, expected) in new[]
        {
            ("/", HttpStatusCode.OK), ("/?policy=everything", HttpStatusCode.OK), ("/?policy=null", HttpStatusCode.OK),
            ("/?policy=nothing", HttpStatusCode.InternalServerError), ("/none", HttpStatusCode.InternalServerError),
        })
        {
            using var response = await server.Client.GetAsync(query);
            response.StatusCode.Should().Be(expected, query);
        }
    }

    [Theory]
    [InlineData("/context r", "(none) (none)")]
    [InlineData("", "")]
    public async Task WebSocket_WithAPolicy_BindsItsGuests(string policy, string expected)
    {
        await using var server = await new GuestServerBuilder()
            .WithServices(services => services.AddWasiCloud().AddConnectionFiles().AddMount<ContextMount>("/context"))
            .WithMiddleware(app => app.UseWebSockets())
            .MapWebSocket("/", TestGuests.ShowContextInMessage, options => options.Policy = GuestPolicy.Parse(policy)).StartAsync();
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(server.Client.BaseAddress!) { Scheme = "ws" }.Uri, default).WaitAsync(TestLimits.Patience);

        var buffer = new byte[100];
        var received = await socket.ReceiveAsync(buffer, default).WaitAsync(TestLimits.Patience);
        Encoding.UTF8.GetString(buffer, 0, received.Count).Should().Be(expected);
    }

    private static GuestServerBuilder Showing(Action<GuestEndpointOptions> configure) => new GuestServerBuilder()
        .WithServices(services => services.AddWasiCloud().AddMount<ContextMount>("/context"))
        .Map("/", TestGuests.ShowContext, configure);
}
