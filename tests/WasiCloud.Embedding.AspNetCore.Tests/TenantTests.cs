using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using FluentAssertions;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using WasiCloud.Embedding.Authority;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

/// <summary>The documented way to serve tenants: the tenant is the path's first part, and the user must have a claim of it (docs/requests.md).</summary>
public sealed class TenantTests
{
    private const string Claimed = "claimed-tenant";

    [Fact]
    public async Task Tenants_ByRouteAndClaim_HaveTheirOwn()
    {
        await using var server = await StartAsync();

        foreach (var tenant in new[] { "a", "ab", "..b", "A", "a b", "\u00e4" })
            (await SendAsync(server, HttpMethod.Put, tenant, tenant, $"note of {tenant}")).Status.Should().Be(HttpStatusCode.NoContent);
        foreach (var tenant in new[] { "a", "ab", "..b", "A", "a b", "\u00e4" })
            (await SendAsync(server, HttpMethod.Get, tenant, tenant)).Should().Be((HttpStatusCode.OK, $"note of {tenant}"));
    }

    [Theory]
    [InlineData("b")]
    [InlineData("A")]
    [InlineData("")]
    [InlineData(null)]
    public async Task User_WithoutTheClaim_IsForbidden(string? claimed)
    {
        await using var server = await StartAsync();
        await SendAsync(server, HttpMethod.Put, "a", "a", "note");

        (await SendAsync(server, HttpMethod.Get, "a", claimed)).Status.Should().Be(HttpStatusCode.Forbidden);
        (await SendAsync(server, HttpMethod.Put, "a", claimed, "other")).Status.Should().Be(HttpStatusCode.Forbidden);
        (await SendAsync(server, HttpMethod.Get, "a", "a")).Should().Be((HttpStatusCode.OK, "note"));
    }

    [Fact]
    public async Task Endpoint_ThatForgetsTheTenant_GivesNothing()
    {
        await using var server = await StartAsync(forgets: true);

        (await SendAsync(server, HttpMethod.Put, "a", "a", "note")).Status.Should().Be(HttpStatusCode.InternalServerError);
    }

    [Fact]
    public async Task Tenant_ThatAsksTooOften_Is429AndOthersAreServed()
    {
        await using var server = await StartAsync(time: new StandingClock());
        for (var count = 0; count < 20; count++) (await SendAsync(server, HttpMethod.Put, "often", "often", "x")).Status.Should().Be(HttpStatusCode.NoContent);

        (await SendAsync(server, HttpMethod.Put, "often", "often", "x")).Status.Should().Be(HttpStatusCode.TooManyRequests);
        (await SendAsync(server, HttpMethod.Put, "a", "a", "x")).Status.Should().Be(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Daemon_WithTenantLines_HasAGuestForEachTenant()
    {
        await using var server = await new GuestServerBuilder()
            .WithLimits(options => options.RequirePolicy = true)
            .WithServices(services => services.AddWasiCloud().AddKeyValue(kv => kv.Scope("local").UseMemory()).AddDaemon(
                "daemon", (provider, cancellationToken) =>
                    provider.GetRequiredService<IInvocationHost>().LoadAsync(TestGuests.Named("socket_server"), "daemon", cancellationToken),
                options => options.Policy = GuestPolicy.Parse("/beta/kv/local rwc tenant\n")))
            .WithMiddleware(app => app.MapGuestDaemon("/{tenant}/{**path}", "daemon", options =>
                options.Configure = (http, request) => http.Request.Query.ContainsKey("forget")
                    ? request
                    : request with { Tenant = (string)http.Request.RouteValues["tenant"]! }))
            .StartAsync();
        foreach (var tenant in new[] { "ann", "bob", "ann" }) (await server.Client.GetStringAsync($"/{tenant}/x")).Should().Be($"GET /{tenant}/x");

        using var forgotten = await server.Client.GetAsync("/ann/x?forget");
        forgotten.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        (await server.Client.GetStringAsync("/bob/y")).Should().Be("GET /bob/y");
    }

    private static Task<GuestServer> StartAsync(bool forgets = false, TimeProvider? time = null)
    {
        var builder = new GuestServerBuilder()
            .WithLimits(options => options.RequirePolicy = true)
            .WithServices(services =>
            {
                if (time is not null) services.AddSingleton(time);
                services.AddWasiCloud().AddKeyValue(kv => kv.Scope("local").UseMemory());
                services.AddAuthentication("header").AddScheme<AuthenticationSchemeOptions, HeaderAuthentication>("header", configureOptions: null);
                services.AddAuthorizationBuilder().AddPolicy("OwnTenant", policy => policy.RequireAssertion(context =>
                    context.Resource is HttpContext http && http.User.HasClaim("tenant", (string)http.Request.RouteValues["tenant"]!)));
            })
            .WithMiddleware(app => app.UseRouting().UseAuthentication().UseAuthorization());
        foreach (var (pattern, guest) in new[] { ("/{tenant}/save", TestGuests.SaveNote), ("/{tenant}/show", TestGuests.ShowNote) })
        {
            builder.Map(
                pattern, guest, authorization: "OwnTenant", configure: options =>
                {
                    options.Policy = GuestPolicy.Parse("/beta/kv/local rwc tenant\nlimit tenant-calls-per-second 20");
                    if (!forgets) options.Configure = (http, request) => request with { Tenant = (string)http.Request.RouteValues["tenant"]! };
                });
        }

        return builder.StartAsync();
    }

    private static async Task<(HttpStatusCode Status, string Text)> SendAsync(
        GuestServer server, HttpMethod method, string tenant, string? claimed, string? text = null)
    {
        using var message = new HttpRequestMessage(method, $"/{Uri.EscapeDataString(tenant)}/{(method == HttpMethod.Put ? "save" : "show")}");
        if (claimed is not null) message.Headers.Add(Claimed, Uri.EscapeDataString(claimed));
        if (text is not null) message.Content = new StringContent(text);
        using var response = await server.Client.SendAsync(message);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>No second ends.</summary>
    private sealed class StandingClock : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }

    /// <summary>Whoever says that he has a tenant has it.</summary>
    private sealed class HeaderAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            var claims = Request.Headers[Claimed].Select(tenant => new Claim("tenant", Uri.UnescapeDataString(tenant!)));
            var user = new ClaimsPrincipal(new ClaimsIdentity(claims, Scheme.Name));
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(user, Scheme.Name)));
        }
    }
}
