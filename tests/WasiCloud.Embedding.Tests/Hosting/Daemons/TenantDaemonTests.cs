using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Daemons;

/// <summary>Daemons that have a guest for each tenant, with <c>guests/c/socket_server.c</c>.</summary>
public sealed class TenantDaemonTests : IAsyncTest
{
    private readonly FakeTimeProvider _time = new();
    private readonly TestHost _host;

    public TenantDaemonTests() => _host = new TestHost(
        build: builder => builder.AddKeyValue(keyValue => keyValue.Scope("local").UseMemory()), time: _time);

    private int Running => ((InvocationHost)_host.Host).Load.Running;

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Invoke_TwoTenants_EachHasAGuestThatServesItsRequests()
    {
        await using var daemon = await StartAsync(new GuestDaemonOptions { MaxTenants = 10 });
        Running.Should().Be(0, "nobody has asked");

        foreach (var tenant in new[] { "a", "b", "a", "b", "a/b", "A" }) (await GetAsync(daemon, tenant)).Should().Be($"GET /{tenant}");

        Running.Should().Be(4);
        (daemon.IsPerTenant, daemon.State, daemon.ActiveRequests, daemon.Restarts).Should().Be((true, GuestDaemonState.Running, 0, 0));
        daemon.OpenDescriptors.Should().BeGreaterThan(4 * 4);
    }

    [Fact]
    public async Task Start_UnderAPolicyWithTenantLines_HasAGuestForEachTenantByItself()
    {
        var policy = GuestPolicy.Parse("/beta/kv/local rwc tenant\n");
        await using var daemon = await StartAsync(new GuestDaemonOptions { Policy = policy });
        await using var one = await StartAsync(new GuestDaemonOptions { Policy = policy, Tenant = "a" });

        daemon.IsPerTenant.Should().BeTrue();
        foreach (var tenant in new[] { "a", "b", "a" }) (await GetAsync(daemon, tenant)).Should().Be($"GET /{tenant}");

        // Two of the first, and the other's, which begins by itself.
        await TestHost.UntilAsync(() => Running == 3);
        one.IsPerTenant.Should().BeFalse("its tenant is said");
        await FluentActions.Awaiting(() => daemon.InvokeAsync(Requests.Get("/"))).Should().ThrowAsync<ArgumentException>().WithMessage("*has no tenant*");
    }

    [Fact]
    public async Task Invoke_WithoutATenant_IsRefused()
    {
        await using var daemon = await StartAsync(new GuestDaemonOptions { MaxTenants = 10 });

        await FluentActions.Awaiting(() => daemon.InvokeAsync(Requests.Get("/"))).Should().ThrowAsync<ArgumentException>().WithMessage("*Tenant*");
        Running.Should().Be(0);
    }

    [Fact]
    public async Task Invoke_MoreTenantsThanPlaces_TheOneThatIsIdleForLongestIsEnded()
    {
        await using var daemon = await StartAsync(new GuestDaemonOptions { MaxTenants = 2 });
        await GetAsync(daemon, "a");
        _time.Advance(TimeSpan.FromSeconds(1));
        await GetAsync(daemon, "b");
        _time.Advance(TimeSpan.FromSeconds(1));
        await GetAsync(daemon, "a");
        _time.Advance(TimeSpan.FromSeconds(1));

        (await GetAsync(daemon, "c")).Should().Be("GET /c");
        await TestHost.UntilAsync(() => Running == 2);
        var body = new System.IO.Pipelines.Pipe();
        var request = new InvocationRequest { Method = "POST", Target = "/echo", Body = body.Reader, ContentLength = 1 };
        Task[] busy = [daemon.InvokeAsync(request with { Tenant = "a" }), daemon.InvokeAsync(request with { Tenant = "c" })];

        var refused = await FluentActions.Awaiting(() => daemon.InvokeAsync(For("b"))).Should().ThrowAsync<GuestLimitException>();
        (refused.Which.Limit, refused.Which.Value).Should().Be((GuestLimit.DaemonTenants, 2));
        await daemon.DisposeAsync();
        foreach (var ended in busy) await Task.WhenAny(ended).WaitAsync(TestHost.Patience);
        Running.Should().Be(0);
    }

    [Fact]
    public async Task Tenant_WithoutRequestsForAWhile_HasNoGuestUntilTheNext()
    {
        await using var daemon = await StartAsync(new GuestDaemonOptions { MaxTenants = 10, TenantIdleTimeout = TimeSpan.FromMinutes(1) });
        await GetAsync(daemon, "a");
        _time.Advance(TimeSpan.FromSeconds(30));
        await GetAsync(daemon, "b");

        _time.Advance(TimeSpan.FromSeconds(30));
        await TestHost.UntilAsync(() => Running == 1);
        _time.Advance(TimeSpan.FromMinutes(1));
        await TestHost.UntilAsync(() => Running == 0);
        daemon.State.Should().Be(GuestDaemonState.Running);
        (await GetAsync(daemon, "a")).Should().Be("GET /a");
    }

    [Fact]
    public async Task Stop_EndsAllGuests()
    {
        await using var daemon = await StartAsync(new GuestDaemonOptions { MaxTenants = 10 });
        foreach (var tenant in new[] { "a", "b" }) await GetAsync(daemon, tenant);

        await daemon.StopAsync().WaitAsync(TestHost.Patience);

        await daemon.Completion.WaitAsync(TestHost.Patience);
        (daemon.State, Running).Should().Be((GuestDaemonState.Stopped, 0));
        (await FluentActions.Awaiting(() => daemon.InvokeAsync(For("a"))).Should().ThrowAsync<GuestUnavailableException>())
            .Which.Message.Should().Contain("Stopped");
        await daemon.StopAsync().WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task Host_ThatIsDisposed_EndsIt()
    {
        var daemon = await StartAsync(new GuestDaemonOptions { MaxTenants = 10 });
        await GetAsync(daemon, "a");

        await _host.DisposeAsync();

        await daemon.Completion.WaitAsync(TestHost.Patience);
        await FluentActions.Awaiting(() => daemon.InvokeAsync(For("b"))).Should().ThrowAsync<GuestUnavailableException>();
    }

    [Fact]
    public async Task Options_WithATenantAndAGuestForEach_AreRefused() =>
        await FluentActions.Awaiting(() => StartAsync(new GuestDaemonOptions { MaxTenants = 1, Tenant = "a" })).Should().ThrowAsync<ArgumentException>();

    private static InvocationRequest For(string tenant) => Requests.Get("/" + tenant) with { Tenant = tenant };

    private static Task<string> GetAsync(GuestDaemon daemon, string tenant) => daemon.GetTextAsync(For(tenant));

    private async Task<GuestDaemon> StartAsync(GuestDaemonOptions options) =>
        _host.Host.StartDaemon(await _host.LoadGuestAsync("socket_server"), "server", options);
}
