using System.Buffers;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Redis.Tests.Transport;

/// <summary>Tenants whose guests are on several hosts: what is one tenant's is so on each of them.</summary>
#pragma warning disable CA1001 // xUnit calls DisposeAsync.
public sealed class TenantTransportTests : TransportTestBase
#pragma warning restore CA1001
{
    private static readonly GuestPolicy s_all = GuestPolicy.Parse("/beta/rpc rwc tenant\n/beta/topic rw tenant\n");

    // Names that would meet if they were put into a key as they are.
    private static readonly string[] s_tenants = ["a", "ab", "a/b", "a:b", "A", "{a}", "*"];

    private readonly CancellationTokenSource _end = new();

    public override async Task DisposeAsync()
    {
        await _end.CancelAsync();
        await base.DisposeAsync();
        _end.Dispose();
    }

    [Fact]
    public async Task Messages_OfEachTenant_ComeToItsSubscribersElsewhereAndToNobodyElse()
    {
        var (here, there) = (NewHost(builder => builder.AddTopic("news")), NewHost(builder => builder.AddTopic("news")));
        var subscriptions = s_tenants.Select(tenant => (Tenant: tenant, Subscription: TopicsOf(there).ForTenant(tenant).Subscribe("news"))).ToArray();
        using var ofAll = TopicsOf(there).Subscribe("news");

        // Until the other host listens, nothing comes; what then comes, comes to the right one.
        foreach (var (tenant, subscription) in subscriptions)
        {
            var reading = ReadUntilAsync(subscription, "to " + tenant);
            while (!reading.IsCompleted)
            {
                await TopicsOf(here).ForTenant(tenant).PublishAsync("news", Bytes("to " + tenant));
                await Task.WhenAny(reading, Task.Delay(10));
            }

            await reading;
        }

        await TopicsOf(here).PublishAsync("news", Bytes("to all"));
        await ReadUntilAsync(ofAll, "to all");
        foreach (var (tenant, subscription) in subscriptions)
        {
            await TopicsOf(here).ForTenant(tenant).PublishAsync("news", Bytes("last"));
            for (var text = string.Empty; text != "last";)
            {
                text = TextOf(await ReadAsync(subscription));
                text.Should().BeOneOf("to " + tenant, "last");
            }

            subscription.Dispose();
        }
    }

    [Fact]
    public async Task Service_ThatATenantsGuestServes_IsForItsTenantOnEveryHost()
    {
        var (server, caller) = (NewHost(builder => builder.AddRpcService("echo")), NewHost(builder => builder.AddRpcService("echo")));
        Task serving = Task.Run(async () => await server.RunAsync(await server.LoadGuestAsync("rpc"), For("serve", "echo"), _end.Token));

        await TestHost.UntilAsync(async () => await ErrorOfAsync(RpcOf(caller).ForTenant("a")) is null);
        foreach (var tenant in s_tenants.Where(tenant => tenant != "a"))
            (await ErrorOfAsync(RpcOf(caller).ForTenant(tenant))).Should().Be(RpcError.Refused, tenant);
        (await ErrorOfAsync(RpcOf(caller))).Should().Be(RpcError.Refused, "it is no tenant's call");

        var guest = await caller.LoadGuestAsync("rpc");
        await caller.RunAsync(guest, For("check", "echo", "20", "x"))
            .WaitAsync(TestHost.Patience);
        await _end.CancelAsync();
        await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private static InvocationRequest For(params string[] arguments) => new() { Tenant = "a", Policy = s_all, Arguments = arguments };

    private static async Task<RpcError?> ErrorOfAsync(IGuestRpc rpc)
    {
        try
        {
            await rpc.CallAsync("echo", new ReadOnlySequence<byte>(Bytes("x")), new ArrayBufferWriter<byte>()).AsTask().WaitAsync(TestHost.Patience);
            return null;
        }
        catch (RpcException exception)
        {
            return exception.Error;
        }
    }
}
