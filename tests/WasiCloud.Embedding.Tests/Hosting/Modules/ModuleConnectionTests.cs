using System.Net.WebSockets;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Tests.Hosting.Connections;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Modules;

/// <summary>A module that is disposed while a guest of it serves a connection.</summary>
public class ModuleConnectionTests
{
    [Fact]
    public async Task Dispose_WhileAConnectionLives_KeepsItUntilThatHasEnded()
    {
        await using var host = new TestHost(build: builder => builder.AddConnectionFiles());
        var module = await host.LoadGuestAsync("connection");
        using var pair = await LoopbackPair.ConnectAsync();
        var (client, server) = pair.Upgrade();
        var serving = host.Host.ServeConnectionAsync(module, new GuestConnection(server), CancellationToken.None);
        await client.SendAsync("before");
        (await client.ReceiveTextAsync()).Should().Be("before");

        module.Dispose();

        await client.SendAsync("after");
        (await client.ReceiveTextAsync()).Should().Be("after");
        ((CompiledModule)module).InstancePre.IsClosed.Should().BeFalse();
        await host.Host.Awaiting(it => it.ServeConnectionAsync(module, new GuestConnection(server), CancellationToken.None))
            .Should().ThrowAsync<ObjectDisposedException>();
        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);
        (await client.ReceiveCloseAsync()).Code.Should().Be(1000);
        (await serving.WaitAsync(TestHost.Patience)).ExitCode.Should().Be(0);
        await TestHost.UntilAsync(() => ((CompiledModule)module).InstancePre.IsClosed);
    }
}
