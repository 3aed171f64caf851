using System.IO.Pipelines;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Invocations;

/// <summary>What an invocation leaves for the next one: its objects, and nothing that was in them.</summary>
public sealed class InvocationReuseTests
{
    // Changes what a guest can change of what it starts with: flags and rights of all descriptors, which of them are open, and the response's head.
    private const string Untidy = """
        (module
          (import "wasi_snapshot_preview1" "fd_fdstat_set_flags" (func $flags (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_fdstat_set_rights" (func $rights (param i32 i64 i64) (result i32)))
          (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_renumber" (func $renumber (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "response/status")
          (data (i32.const 32) "response/headers/x")
          (data (i32.const 64) ".")
          (data (i32.const 96) "response/body")
          (data (i32.const 128) "201") ;; the value of both pieces, and the body
          (data (i32.const 160) "\80\00\00\00\03\00\00\00")
          (func $check (param i32) (if (local.get 0) (then (call $exit (local.get 0)))))
          (func $put (param $path i32) (param $length i32)
            (call $check (call $open (i32.const 3) (i32.const 0) (local.get $path) (local.get $length) (i32.const 9) (i64.const 0x40) (i64.const 0)
              (i32.const 0) (i32.const 200)))
            (call $check (call $write (i32.load (i32.const 200)) (i32.const 160) (i32.const 1) (i32.const 204)))
            (call $check (call $close (i32.load (i32.const 200)))))
          (func (export "_start")
            (call $check (call $write (i32.const 2) (i32.const 160) (i32.const 1) (i32.const 204)))
            (call $put (i32.const 0) (i32.const 15))
            (call $put (i32.const 32) (i32.const 18))
            (call $put (i32.const 96) (i32.const 13))
            (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 2) (i64.const 0) (i64.const 0) (i32.const 0)
              (i32.const 200)))
            (call $check (call $flags (i32.const 1) (i32.const 5)))
            (call $check (call $rights (i32.const 1) (i64.const 0x40) (i64.const 0)))
            (call $check (call $rights (i32.const 3) (i64.const 0) (i64.const 0)))
            (call $check (call $renumber (i32.const 1) (i32.const 2)))
            (call $check (call $close (i32.const 0)))))
        """;

    // Writes what fd_fdstat_get tells of descriptors 0 to 3, and the error for 4, to the response.
    private const string Probe = """
        (module
          (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $fdstat (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "response/body")
          (data (i32.const 32) "\00\04\00\00\64\00\00\00") ;; 100 bytes at 1024
          (func $check (param i32) (if (local.get 0) (then (call $exit (local.get 0)))))
          (func (export "_start") (local $fd i32)
            (loop
              (call $check (call $fdstat (local.get $fd) (i32.add (i32.const 1024) (i32.mul (local.get $fd) (i32.const 24)))))
              (br_if 0 (i32.lt_u (local.tee $fd (i32.add (local.get $fd) (i32.const 1))) (i32.const 4))))
            (i32.store (i32.const 1120) (call $fdstat (i32.const 4) (i32.const 2048)))
            (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 13) (i32.const 9) (i64.const 0x40) (i64.const 0) (i32.const 0)
              (i32.const 64)))
            (call $check (call $write (i32.load (i32.const 64)) (i32.const 32) (i32.const 1) (i32.const 68)))))
        """;

    [Fact]
    public async Task Invoke_AfterAGuestThatChangedAllItCould_FindsEverythingAsNew()
    {
        await using var host = new TestHost();
        var (untidy, probe) = (await host.LoadTextAsync(Untidy), await host.LoadTextAsync(Probe));
        var asNew = await ReadAsync(host, probe);
        var (status, headers, body) = await ReadAsync(host, untidy);
        (status, headers, body.Length).Should().Be((201, 1, 3), "otherwise the test tests nothing");

        var after = await ReadAsync(host, probe);

        after.Status.Should().Be(200);
        after.Headers.Should().Be(0);
        after.Body.Should().Equal(asNew.Body);
    }

    [Fact]
    public async Task StandardError_OfTheGuestBefore_IsNotInTheNextFailure()
    {
        await using var host = new TestHost();
        var trap = await host.LoadGuestAsync("trap");
        await host.RunAsync(await host.LoadTextAsync(Untidy));

        var failure = await host.Awaiting(it => it.RunAsync(trap)).Should().ThrowAsync<GuestTrapException>();

        failure.Which.StandardError.Should().NotContain("201");
    }

    [Fact]
    public async Task Body_AfterTheResponseWasDisposed_IsOutOfReach()
    {
        await using var host = new TestHost();
        var module = await host.LoadGuestAsync("write_body");
        var first = await host.Host.InvokeAsync(module, new InvocationRequest());
        var body = first.Body;
        await FinishAsync(first);
        await using var second = await host.Host.InvokeAsync(module, new InvocationRequest());

        await body.Awaiting(it => it.ReadAsync().AsTask()).Should().ThrowAsync<ObjectDisposedException>();
        body.Invoking(it => it.TryRead(out _)).Should().Throw<ObjectDisposedException>();
        await body.CompleteAsync();
        await first.DisposeAsync();

        (await new StreamReader(second.Body.AsStream()).ReadToEndAsync()).Should().StartWith("Hello");
        await second.Completion;
    }

    [Fact]
    public async Task Dispose_Twice_DoesNotEndTheNextGuest()
    {
        await using var host = new TestHost();
        var first = await host.Host.InvokeAsync(await host.LoadGuestAsync("write_body"), new InvocationRequest());
        await FinishAsync(first);
        var input = new Pipe();
        var echo = host.RunAsync(await host.LoadGuestAsync("echo"), new InvocationRequest { Method = "POST", Body = input.Reader });

        await first.DisposeAsync();

        await input.Writer.WriteAsync(new byte[] { 1, 2, 3 });
        await input.Writer.CompleteAsync();
        (await echo).ResponseBytes.Should().Be(3);
    }

    [Fact]
    public async Task CallerToken_CancelledAfterItsGuest_DoesNotEndTheNext()
    {
        await using var host = new TestHost();
        using var cancellation = new CancellationTokenSource();
        await host.RunAsync(await host.LoadGuestAsync("write_body"), cancellationToken: cancellation.Token);
        var input = new Pipe();
        var echo = host.RunAsync(await host.LoadGuestAsync("echo"), new InvocationRequest { Method = "POST", Body = input.Reader });

        await cancellation.CancelAsync();

        await input.Writer.CompleteAsync();
        (await echo).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Timeout_OfTheNextGuest_CountsFromItsOwnStart()
    {
        var time = new FakeTimeProvider();
        await using var host = new TestHost(options => options.ExecutionTimeout = TimeSpan.FromSeconds(10), time: time);
        var (first, second) = (new Pipe(), new Pipe());
        var module = await host.LoadGuestAsync("echo");
        var run = host.RunAsync(module, new InvocationRequest { Method = "POST", Body = first.Reader });
        time.Advance(TimeSpan.FromSeconds(9));
        await first.Writer.CompleteAsync();
        (await run).Elapsed.Should().Be(TimeSpan.FromSeconds(9));

        var next = host.RunAsync(module, new InvocationRequest { Method = "POST", Body = second.Reader });
        time.Advance(TimeSpan.FromSeconds(9));
        await second.Writer.CompleteAsync();
        (await next).Elapsed.Should().Be(TimeSpan.FromSeconds(9));
    }

    private static async Task<(int Status, int Headers, byte[] Body)> ReadAsync(TestHost host, GuestModule module)
    {
        await using var response = await host.Host.InvokeAsync(module, new InvocationRequest()).WaitAsync(TestHost.Patience);
        using var body = new MemoryStream();
        await response.Body.CopyToAsync(body);
        await response.Completion;
        return (response.StatusCode, response.Headers.Count, body.ToArray());
    }

    private static async Task FinishAsync(InvocationResponse response)
    {
        await response.Body.CopyToAsync(Stream.Null);
        await response.Completion;
        await response.DisposeAsync();
    }
}
