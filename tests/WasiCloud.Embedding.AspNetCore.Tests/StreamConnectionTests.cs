using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

/// <summary>Plain TCP connections to guests behind Kestrel's connection handlers.</summary>
public class StreamConnectionTests
{
    [Fact]
    public async Task Connections_ManyAtOnce_AreEchoed()
    {
        await using var server = await StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 12).Select(async number =>
        {
            using var client = await ConnectAsync(server);
            var stream = client.GetStream();
            for (var round = 0; round < 20; round++)
            {
                var bytes = Enumerable.Repeat((byte)(number + round), 10_000).ToArray();
                var received = new byte[bytes.Length];
                await stream.WriteAsync(bytes);
                await stream.ReadExactlyAsync(received).AsTask().WaitAsync(TestLimits.Patience);
                received.Should().Equal(bytes);
            }
        }));
    }

    [Fact]
    public async Task Client_ThatEndsItsSide_GetsEverythingAndTheEnd()
    {
        await using var server = await StartAsync();
        using var client = await ConnectAsync(server);

        var stream = client.GetStream();
        await stream.WriteAsync(new byte[200_000]);
        client.Client.Shutdown(SocketShutdown.Send);

        using var received = new MemoryStream();
        await stream.CopyToAsync(received).WaitAsync(TestLimits.Patience);
        received.Length.Should().Be(200_000);
    }

    [Fact]
    public async Task Guest_ThatTraps_BreaksTheConnection()
    {
        await using var server = await StartAsync();
        using var client = await ConnectAsync(server);

        await client.GetStream().WriteAsync("crash\n"u8.ToArray());

        await FluentActions.Awaiting(() => client.GetStream().CopyToAsync(Stream.Null).WaitAsync(TestLimits.Patience))
            .Should().ThrowAsync<IOException>("it must not look complete");
        (await server.Log.FirstAsync()).Message.Should().Contain("its connection was closed");
    }

    [Fact]
    public async Task Connection_OverTheLimit_IsRefused()
    {
        await using var server = await StartAsync(options => options.MaxConnections = 1);
        using var first = await ConnectAsync(server);
        await first.GetStream().WriteAsync("some"u8.ToArray());
        await first.GetStream().ReadExactlyAsync(new byte[4]).AsTask().WaitAsync(TestLimits.Patience);

        using var second = await ConnectAsync(server);

        await FluentActions.Awaiting(() => second.GetStream().ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(TestLimits.Patience))
            .Should().ThrowAsync<IOException>();
        (await server.Log.FirstAsync()).Message.Should().Contain("another one was refused");
    }

    [Fact]
    public async Task Application_Stopping_EndsTheConnection()
    {
        await using var server = await StartAsync();
        using var client = await ConnectAsync(server);
        await client.GetStream().WriteAsync("some"u8.ToArray());
        await client.GetStream().ReadExactlyAsync(new byte[4]).AsTask().WaitAsync(TestLimits.Patience);

        var stopping = server.StopAsync();

        (await client.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(TestLimits.Patience)).Should().Be(0);
        await stopping.WaitAsync(TestLimits.Patience);
    }

    private static Task<GuestServer> StartAsync(Action<GuestConnectionEndpointOptions>? configure = null) => new GuestServerBuilder()
        .WithServices(services => services.AddWasiCloud().AddConnectionFiles())
        .WithListener(TestGuests.Named("connection"), options =>
        {
            options.Arguments = ["stream"];
            configure?.Invoke(options);
        })
        .StartAsync();

    private static async Task<TcpClient> ConnectAsync(GuestServer server)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.ListenerPort).WaitAsync(TestLimits.Patience);
        return client;
    }
}
