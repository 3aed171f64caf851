using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Tests.Hosting.Connections;
using WasiCloud.Embedding.Tests.Hosting.Daemons;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

/// <summary>A guest that lives long has its processor time anew for each request or message. A bad one computes more than all good ones together.</summary>
public class CpuTimeOfWorkTests
{
    private const int Count = 300;

    // Some 4 ms for a good one: all together are twice the limit. It is long, because up to the first tick the clock on the wall counts, also what others took.
    private const string Compute = """
        (local.set $count (i64.const 10000000))
        (if (local.get $is_bad) (then (local.set $count (i64.const 8000000000))))
        (loop $compute (local.set $count (i64.sub (local.get $count) (i64.const 1))) (br_if $compute (i64.ne (local.get $count) (i64.const 0))))
        """;

    // "GET /bad HTTP/1.1"
    private const string Daemon = $"""
        (module
          (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "sock_recv" (func $receive (param i32 i32 i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "sock_send" (func $send (param i32 i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 16) "\00\10\00\00\00\10\00\00\40\00\00\00\28\00\00\00")
          (data (i32.const 64) "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
          (func (export "_start") (local $count i64) (local $is_bad i32)
            (loop $next
              (if (i32.eqz (call $accept (i32.const 3) (i32.const 0) (i32.const 0))) (then
                (drop (call $receive (i32.load (i32.const 0)) (i32.const 16) (i32.const 1) (i32.const 0) (i32.const 4) (i32.const 8)))
                (local.set $is_bad (i32.eq (i32.load8_u (i32.const 4101)) (i32.const 98)))
                {Compute}
                (drop (call $send (i32.load (i32.const 0)) (i32.const 24) (i32.const 1) (i32.const 0) (i32.const 4)))
                (drop (call $close (i32.load (i32.const 0))))
                (br $next))))))
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(600);

    private static readonly string Connection = GuestText.Command("connection/messages", $"""
        (local $count i64) (local $is_bad i32)
        (call $open_for (i32.const 0) (i64.const 0x42))
        (loop $next
          (call $read)
          (if (i32.load (i32.const 4)) (then
            (local.set $is_bad (i32.eq (i32.load8_u (i32.const 4096)) (i32.const 98)))
            {Compute}
            (call $write)
            (br $next))))
        """);

    [Fact]
    public async Task Daemon_ManyRequests_GoesOnUntilOneTakesTooMuch()
    {
        await using var host = new TestHost();
        var options = new GuestDaemonOptions { MaxCpuTime = Limit, Restart = GuestRestart.Never };
        await using var daemon = host.Host.StartDaemon(await host.LoadTextAsync(Daemon), "daemon", options);

        for (var request = 0; request < Count; request++) (await daemon.GetTextAsync(Requests.Get("/good"))).Should().Be("ok");
        var bad = daemon.InvokeAsync(Requests.Get("/bad"));
        await daemon.Completion.WaitAsync(TestHost.Patience);

        var failure = daemon.LastFailure.Should().BeOfType<GuestLimitException>().Which;
        (failure.Limit, failure.Value).Should().Be((GuestLimit.CpuTime, (long)Limit.TotalMilliseconds));
        await bad.Awaiting(it => it).Should().ThrowAsync<GuestException>();
    }

    /// <summary>What a connection's own request says goes before what the options of all connections say.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WebSocket_ManyMessages_GoesOnUntilOneTakesTooMuch(bool isOfTheRequest)
    {
        await using var host = new TestHost(build: builder => builder.AddConnectionFiles());
        using var pair = await LoopbackPair.ConnectAsync();
        var (client, server) = pair.Upgrade();
        using (client)
        {
            var connection = new GuestConnection(server)
            {
                Request = new() { MaxCpuTime = isOfTheRequest ? Limit : null },
                Options = new() { MaxCpuTime = isOfTheRequest ? Timeout.InfiniteTimeSpan : Limit },
            };
            var serving = host.Host.ServeConnectionAsync(await host.LoadTextAsync(Connection), connection);

            for (var message = 0; message < Count; message++)
            {
                await client.SendAsync("good");
                (await client.ReceiveTextAsync()).Should().Be("text");
            }

            await client.SendAsync("bad");

            (await client.ReceiveCloseAsync()).Code.Should().Be(1011);
            var failure = (await serving.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestLimitException>()).Which;
            (failure.Limit, failure.Value).Should().Be((GuestLimit.CpuTime, (long)Limit.TotalMilliseconds));
        }
    }
}
