using System.Collections.Concurrent;
using System.IO.Pipelines;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Tests.Hosting.Connections;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

/// <summary>A guest's tenant is what its request says, whatever kind of guest it is, and is told to mounts.</summary>
public sealed class TenantTests : IAsyncTest
{
    private readonly ConcurrentQueue<string?> _seen = [];
    private readonly TestHost _host;

    public TenantTests() => _host = new TestHost(build: builder => builder.AddConnectionFiles().AddMount("/test", FileAccess.Read, _ => new Recorder(_seen)));

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Invocations_InTurn_HaveTheirOwnTenant()
    {
        var module = await _host.LoadTextAsync(Opening("_start"));

        foreach (var tenant in new[] { "one", null, "two" }) await _host.RunAsync(module, new InvocationRequest { Tenant = tenant });

        _seen.Should().Equal("one", null, "two");
    }

    [Fact]
    public async Task Instance_HasTheTenantThatItWasStartedWith()
    {
        await using var instance = await _host.StartTextAsync(Opening("_initialize"), new InvocationRequest { Tenant = "instance" });

        _seen.Should().Equal("instance");
    }

    [Fact]
    public async Task Daemon_HasTheTenantOfItsOptions()
    {
        var module = await _host.LoadTextAsync(Opening("_start", root: 4));

        await using var daemon = _host.Host.StartDaemon(module, "daemon", new GuestDaemonOptions { Tenant = "daemon", Restart = GuestRestart.Never });
        await daemon.Completion.WaitAsync(TestHost.Patience);

        _seen.Should().Equal("daemon");
    }

    /// <summary>Its guest was started for another, and would not know.</summary>
    [Theory]
    [InlineData("daemon", "other")]
    [InlineData(null, "other")]
    public async Task Daemon_RequestOfAnotherTenant_IsRefused(string? own, string other)
    {
        await using var daemon = _host.Host.StartDaemon(await _host.LoadGuestAsync("socket_server"), "daemon", new GuestDaemonOptions { Tenant = own });

        await daemon.Awaiting(it => it.InvokeAsync(new InvocationRequest { Tenant = other })).Should().ThrowAsync<ArgumentException>().WithMessage("*tenant*");
        daemon.ActiveRequests.Should().Be(0);
        await using var response = await daemon.InvokeAsync(new InvocationRequest { Tenant = own }).WaitAsync(TestHost.Patience);
        response.StatusCode.Should().Be(200);
    }

    [Fact]
    public async Task Connection_HasTheTenantOfItsRequest()
    {
        var module = await _host.LoadTextAsync(Opening("_start"));
        var (input, output) = (new Pipe(), new Pipe());
        await input.Writer.CompleteAsync();

        var connection = new GuestConnection(new Duplex(input.Reader, output.Writer)) { Request = new() { Tenant = "connection" } };
        await _host.Host.ServeConnectionAsync(module, connection).WaitAsync(TestHost.Patience);

        _seen.Should().Equal("connection");
    }

    // Behind the listener of a daemon is the root.
    private static string Opening(string export, int root = 3) => $$"""
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "test/file")
          (func (export "{{export}}")
            (drop (call $path_open (i32.const {{root}}) (i32.const 0) (i32.const 0) (i32.const 9)
              (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 512)))))
        """;

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Recorder(ConcurrentQueue<string?> seen) : IVirtualMount
    {
        public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken)
        {
            seen.Enqueue(context.Tenant);
            return new TestMount().AttachAsync(context, cancellationToken);
        }
    }
}
