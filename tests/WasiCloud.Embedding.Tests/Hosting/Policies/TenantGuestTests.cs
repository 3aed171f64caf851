using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Memory;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Topics;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Policies;

/// <summary>Guests that work for tenants: what of topics, services and mounts is theirs, and how much of the host.</summary>
public sealed class TenantGuestTests : IAsyncTest
{
    private const int TenantMissing = 48;

    private static readonly GuestPolicy s_all = GuestPolicy.Parse("""
        /beta/topic  rw   tenant
        /beta/rpc    rw   tenant
        /shared      rwc  tenant
        """);

    private static readonly string[] s_readers = ["a", "b", "a/b"];

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _running = [];
    private readonly TestHost _host;

    public TenantGuestTests() => _host = new TestHost(
        options => (options.MaxConcurrentInvocations, options.ExecutionTimeout) = (100, Timeout.InfiniteTimeSpan),
        builder => builder.AddTopic("news").AddTopic("work", overflow: TopicOverflow.BlockPublisher)
            .AddRpcService("echo", RpcAccess.Call | RpcAccess.Serve)
            .AddRpcService("whose", (request, response, _) =>
            {
                response.Write(Encoding.UTF8.GetBytes($"{request.Service} for {request.Tenant ?? "nobody"}"));
                return default;
            })
            .AddMount("/shared", FileAccess.ReadWrite, _ => new MemoryMount()),
        _clock);

    private TopicSet Topics => _host.Services.GetRequiredService<TopicSet>();

    private RpcServices Rpc => _host.Services.GetRequiredService<RpcServices>();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        foreach (var running in _running) await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Topics.Parts.Count.Should().Be(0, "nobody uses a tenant's topic any more");
        Rpc.Parts.Count.Should().Be(0, "nobody uses a tenant's service any more");
        await _host.DisposeAsync();
        _end.Dispose();
    }

    [Theory]
    [InlineData("news")]
    [InlineData("work")]
    public async Task Topic_OfATenant_IsHeardByNobodyElse(string topic)
    {
        var guest = await _host.LoadGuestAsync("topic");
        var topics = Topics;
        using var ofAll = topics.Subscribe(topic);
        using var ofA = topics.ForTenant("a").Subscribe(topic);
        using var ofB = topics.ForTenant("b").Subscribe(topic);

        await _host.RunAsync(guest, For("a", "publish", topic, "of a ", "1")).WaitAsync(TestHost.Patience);
        await topics.ForTenant("b").PublishAsync(topic, "of b"u8.ToArray());
        await topics.PublishAsync(topic, "of all"u8.ToArray());

        (await NextAsync(ofA)).Should().Be("of a ");
        (await NextAsync(ofB)).Should().Be("of b");
        (await NextAsync(ofAll)).Should().Be("of all");
        Topics.Find(topic)!.SubscriberCount.Should().Be(1);
    }

    [Fact]
    public async Task Subscribers_OfTenants_GetTheirOwn()
    {
        var guest = await _host.LoadGuestAsync("topic");
        var readers = s_readers.Select(tenant => OutputAsync(guest, For(tenant, "read", "news", "1"))).ToArray();
        await TestHost.UntilAsync(() => Topics.Parts.Count == 3 && Topics.Parts.SubscriberCount == 3);

        foreach (var tenant in new[] { "a/b", "b", "a" }) await Topics.ForTenant(tenant).PublishAsync("news", Encoding.UTF8.GetBytes($"for {tenant}"));
        (await Task.WhenAll(readers).WaitAsync(TestHost.Patience)).Select(text => text.TrimEnd()).Should().Equal("for a", "for b", "for a/b");
    }

    [Fact]
    public async Task Service_ThatATenantsGuestServes_IsForItsTenant()
    {
        var guest = await _host.LoadGuestAsync("rpc");
        _ = OutputAsync(guest, For("a", "serve", "echo"));
        await TestHost.UntilAsync(() => Rpc.Parts.ServerCount == 1);

        await _host.RunAsync(guest, For("a", "check", "echo", "20", "x")).WaitAsync(TestHost.Patience);
        (await ErrnoAsync(guest, For("b", "call", "echo", "x"))).Should().Be(Errno.ConnRefused);
        (await ErrnoAsync(guest, new InvocationRequest { Arguments = ["call", "echo", "x"] })).Should().Be(Errno.ConnRefused);
        var rpc = Rpc;
        (await rpc.ForTenant("a").CallAsync("echo", "x"u8.ToArray())).Length.Should().BePositive();
        foreach (var other in new IGuestRpc[] { rpc, rpc.ForTenant("b"), rpc.ForTenant("A") })
        {
            var call = async () => await other.CallAsync("echo", "x"u8.ToArray());
            (await call.Should().ThrowAsync<RpcException>()).Which.Error.Should().Be(RpcError.Refused);
        }
    }

    [Fact]
    public async Task Function_OfTheApplication_IsToldWhoseCallItIs()
    {
        var guest = await _host.LoadGuestAsync("rpc");
        var rpc = Rpc;

        (await OutputAsync(guest, For("a/b", "call", "whose", "x"))).Should().StartWith("whose for a/b");
        (await OutputAsync(guest, For("a", "call", "whose", "x") with { Policy = GuestPolicy.Parse("/beta/rpc/whose rw") })).Should().StartWith("whose for a");
        (await OutputAsync(guest, new InvocationRequest { Arguments = ["call", "whose", "x"] })).Should().StartWith("whose for nobody");
        Encoding.UTF8.GetString((await rpc.ForTenant("b").CallAsync("whose", default)).Span).Should().Be("whose for b");
        Encoding.UTF8.GetString((await rpc.CallAsync("whose", default)).Span).Should().Be("whose for nobody");
    }

    [Fact]
    public async Task Stop_OfAService_StopsItForAllTenants()
    {
        var guest = await _host.LoadGuestAsync("rpc");
        var server = OutputAsync(guest, For("a", "serve", "echo"));
        await TestHost.UntilAsync(() => Rpc.Parts.ServerCount == 1);

        Rpc.Stop("echo");
        await server.WaitAsync(TestHost.Patience);
        (await ErrnoAsync(guest, For("a", "call", "echo", "x"))).Should().Be(Errno.ConnRefused);
    }

    [Fact]
    public async Task Guest_WithoutATenant_GetsAccessAndTheLogTellsOnceForItsModule()
    {
        var first = await _host.LoadTextAsync(OpenGuest.Text("/shared/new", writes: true, creates: true));
        var second = await _host.LoadTextAsync(OpenGuest.Text("/shared", writes: false));

        foreach (var module in new[] { first, second, first, second, first })
            (await OpenGuest.ErrnoAsync(_host, module, new InvocationRequest { Policy = s_all })).Should().Be(Errno.Access);
        (await OpenGuest.ErrnoAsync(_host, first, new InvocationRequest { Policy = s_all, Tenant = "a" })).Should().Be(Errno.Success);
        _host.Logs.Entries.Count(entry => entry.Id == TenantMissing).Should().Be(2);
    }

    [Fact]
    public async Task Invocations_OfATenant_BeyondItsLimitOfASecond_AreRefused()
    {
        var module = await _host.LoadTextAsync("""(module (memory (export "memory") 1) (func (export "_start")))""");
        var request = new InvocationRequest { Tenant = "a", Policy = GuestPolicy.Parse("limit tenant-calls-per-second 3") };
        for (var count = 0; count < 3; count++) await _host.RunAsync(module, request);

        var refused = await FluentActions.Awaiting(() => _host.RunAsync(module, request)).Should().ThrowAsync<GuestLimitException>();
        (refused.Which.Limit, refused.Which.Value).Should().Be((GuestLimit.TenantCalls, 3));
        await _host.RunAsync(module, request with { Tenant = "b" });
        await _host.RunAsync(module, request with { Tenant = null });
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _host.RunAsync(module, request);
    }

    [Fact]
    public async Task Invocations_OfATenant_BeyondItsConcurrency_WaitAndAreRefused()
    {
        var guest = await _host.LoadGuestAsync("topic");
        var policy = s_all.Intersect(GuestPolicy.Parse("/ rwc\nimport *\nlimit tenant-invocations 2"));
        var readers = Enumerable.Range(0, 2).Select(_ => OutputAsync(guest, For("a", "read", "news", "1") with { Policy = policy })).ToArray();
        await TestHost.UntilAsync(() => Topics.Parts.SubscriberCount == 2);

        var third = _host.RunAsync(guest, For("a", "publish", "news", "x", "1") with { Policy = policy });
        await _host.RunAsync(guest, For("b", "publish", "news", "x", "1") with { Policy = policy }).WaitAsync(TestHost.Patience);
        third.IsCompleted.Should().BeFalse();
        _clock.Advance(TimeSpan.FromMinutes(1));
        var refused = await FluentActions.Awaiting(() => third.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestLimitException>();
        (refused.Which.Limit, refused.Which.Value).Should().Be((GuestLimit.TenantConcurrency, 2));
        await Topics.ForTenant("a").PublishAsync("news", "x"u8.ToArray());
        await Task.WhenAll(readers).WaitAsync(TestHost.Patience);
    }

    private static InvocationRequest For(string tenant, params string[] arguments) => new() { Tenant = tenant, Policy = s_all, Arguments = arguments };

    private static async Task<string> NextAsync(TopicSubscription subscription) =>
        Encoding.UTF8.GetString((await subscription.ReadAsync().AsTask().WaitAsync(TestHost.Patience)).Payload.Span);

    private async Task<Errno> ErrnoAsync(GuestModule guest, InvocationRequest request)
    {
        var run = async () => await _host.RunAsync(guest, request).WaitAsync(TestHost.Patience);
        return (Errno)(await run.Should().ThrowAsync<GuestExitException>()).Which.ExitCode;
    }

    private Task<string> OutputAsync(GuestModule guest, InvocationRequest request)
    {
        var run = Task.Run(async () =>
        {
            using var output = new MemoryStream();
            await _host.RunAsync(guest, request with { StandardOutput = PipeWriter.Create(output) }, _end.Token);
            return Encoding.UTF8.GetString(output.ToArray());
        });
        _running.Add(run);
        return run;
    }
}
