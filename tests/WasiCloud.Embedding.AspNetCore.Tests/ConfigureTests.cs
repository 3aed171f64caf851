using System.Collections.Concurrent;
using System.Net;
using FluentAssertions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

/// <summary>What an application gives each request: <see cref="GuestHttpEndpointOptions.Configure"/> of <c>MapGuest</c>.</summary>
public sealed class ConfigureTests
{
    [Fact]
    public async Task Requests_AtOneTime_GetTheirOwnArgumentsAndEnvironment()
    {
        var calls = new ConcurrentBag<string>();
        await using var server = await new GuestServerBuilder().Map("/{user}", TestGuests.ShowStart, options =>
        {
            options.Arguments = ["common"];
            options.Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["ROUTE"] = "one" };
            options.Configure = (http, request) =>
            {
                calls.Add(http.Request.Path);
                var user = (string)http.Request.RouteValues["user"]!;
                return request with
                {
                    Arguments = [.. request.Arguments, user],
                    Environment = new Dictionary<string, string>(request.Environment, StringComparer.Ordinal)
                    {
                        ["LANGUAGE"] = http.Request.Headers.AcceptLanguage.ToString(),
                    },
                };
            };
        }).StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 40).Select(async number =>
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, $"/user{number}") { Headers = { AcceptLanguage = { new($"x-{number}") } } };
            using var response = await server.Client.SendAsync(message);
            (await response.Content.ReadAsStringAsync()).Should().Be($"/{{user}}|common|user{number}|LANGUAGE=x-{number}|ROUTE=one|");
        }));

        calls.Should().BeEquivalentTo(Enumerable.Range(0, 40).Select(number => $"/user{number}"), "it is called once for each request");
    }

    [Fact]
    public async Task Requests_AtOneTime_GetTheirOwnTenantAndFeatures()
    {
        await using var server = await Showing((http, request) =>
            request with { Tenant = http.Request.Headers["tenant"], Features = [http.Request.Headers["feature"].ToString()] }).StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 40).Select(async number =>
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, "/");
            message.Headers.Add("tenant", $"tenant{number}");
            message.Headers.Add("feature", $"feature{number}");
            using var response = await server.Client.SendAsync(message);
            (await response.Content.ReadAsStringAsync()).Should().Be($"tenant{number} feature{number}");
        }));
    }

    [Fact]
    public async Task Request_WithoutConfigure_HasNoTenant()
    {
        await using var server = await Showing(configure: null).StartAsync();

        (await server.Client.GetStringAsync("/")).Should().Be("(none) (none)");
    }

    /// <summary>Whatever the interface: what the guest is told is what <c>Configure</c> says.</summary>
    [Theory]
    [InlineData(GuestInterface.Files, "POST /changed?by=it HTTP/1.1\r\nhost: changed\r\n")]
    [InlineData(GuestInterface.Socket, "POST /changed?by=it")]
    [InlineData(GuestInterface.Cgi, "method=POST script= path=/changed query=by=it ")]
    public async Task Target_Changed_IsWhatTheGuestIsTold(GuestInterface way, string told)
    {
        var guest = way switch
        {
            GuestInterface.Files => TestGuests.ShowRequest,
            GuestInterface.Socket => TestGuests.Named("socket_server"),
            _ => TestGuests.Named("cgi"),
        };
        await using var server = await new GuestServerBuilder().Map("/{**path}", guest, options =>
        {
            options.Interface = way;
            options.Configure = (_, request) => request with { Target = "/changed?by=it", Authority = "changed" };
        }).StartAsync();

        using var response = await server.Client.PostAsync("/original", new StringContent("body"));

        (await response.Content.ReadAsStringAsync()).Should().StartWithEquivalentOf(told);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Fields_Added_ReachTheGuestOfThisRequestOnly(bool isInPlace)
    {
        await using var server = await new GuestServerBuilder().Map("/", TestGuests.ShowRequest, options => options.Configure = (http, request) =>
        {
            if (!http.Request.Query.ContainsKey("user")) return request;
            var headers = isInPlace ? request.Headers : [];
            headers.Add("X-User", "alice");
            return request with { Headers = headers };
        }).StartAsync();

        (await server.Client.GetStringAsync("/?user")).Should().Contain("\r\nX-User: alice\r\n");
        (await server.Client.GetStringAsync("/")).Should().NotContainEquivalentOf("x-user");
    }

    [Fact]
    public async Task Standard_Streams_CanBeTheApplications()
    {
        var output = new System.IO.Pipelines.Pipe();
        await using var server = await new GuestServerBuilder().Map("/", TestGuests.Named("fault"), options =>
            options.Configure = (_, request) => request with { Arguments = ["readstdin"], StandardOutput = output.Writer }).StartAsync();

        using var response = await server.Client.GetAsync("/");
        await output.Writer.CompleteAsync();

        using var reader = new StreamReader(output.Reader.AsStream());
        (await reader.ReadToEndAsync()).Should().Be("read 0\n");
    }

    [Fact]
    public async Task Options_ChangedAfterMapping_HaveNoEffect()
    {
        GuestEndpointOptions kept = null!;
        List<string> arguments = ["then"];
        await using var server = await new GuestServerBuilder()
            .Map("/", TestGuests.ShowStart, options => (kept, options.Arguments) = (options, arguments)).StartAsync();

        kept.Interface = GuestInterface.Cgi;
        kept.Configure = (_, _) => null!;
        kept.ReservedResponseFields.Add("content-length");
        arguments.Add("now");

        (await server.Client.GetStringAsync("/")).Should().Be("/|then|");
    }

    private static GuestServerBuilder Showing(Func<HttpContext, InvocationRequest, InvocationRequest>? configure) => new GuestServerBuilder()
        .WithServices(services => services.AddWasiCloud().AddMount<ContextMount>("/context"))
        .Map("/", TestGuests.ShowContext, options => options.Configure = configure);
}
