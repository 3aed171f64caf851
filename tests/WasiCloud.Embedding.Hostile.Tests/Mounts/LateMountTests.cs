using System.IO.Pipelines;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Mounts;

/// <summary>
/// What a mount's call left behind goes on when its guest has gone and another lives in the only slot: neither sees anything of the other's memory.
/// </summary>
public sealed class LateMountTests
{
    private const int BufferBytes = 4096;

    // (fd, iovs, count, result) or (fd, iovs, count, offset, result).
    private static readonly Dictionary<string, string> s_calls = new(StringComparer.Ordinal)
    {
        ["read"] = "(call $fd_read (local.get $fd) (i32.const 8) (i32.const 2) (i32.const 4))",
        ["pread"] = "(call $fd_pread (local.get $fd) (i32.const 8) (i32.const 2) (i64.const 7) (i32.const 4))",
        ["write"] = "(call $fd_write (local.get $fd) (i32.const 8) (i32.const 2) (i32.const 4))",
        ["pwrite"] = "(call $fd_pwrite (local.get $fd) (i32.const 8) (i32.const 2) (i64.const 7) (i32.const 4))",
    };

    public static TheoryData<string, bool, Abandonment> Calls
    {
        get
        {
            var calls = new TheoryData<string, bool, Abandonment>();
            foreach (var abandonment in Enum.GetValues<Abandonment>())
            {
                foreach (var call in (string[])["read", "pread", "write", "pwrite", "append", "scatter", "send"])
                    calls.Add(call is "scatter" ? "read" : call is "send" ? "write" : call, call is "scatter" or "send", abandonment);
            }

            return calls;
        }
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Call_ThatGoesOnWhenItsGuestHasGone_TouchesNoOtherGuest(string call, bool isStream, Abandonment abandonment)
    {
        using var mount = new KeepingMount(abandonment, isStream);
        await using var host = CreateHost(mount);
        var first = await host.LoadTextAsync(Caller(call));
        var second = await host.LoadTextAsync(Watcher);
        await RunFirstAsync(host, first, mount, abandonment);
        mount.Count.Should().BePositive();
        var before = mount.ReadLate();

        var input = new Pipe();
        var output = new Pipe();
        var running = host.RunAsync(second, new InvocationRequest { StandardInput = input.Reader, StandardOutput = output.Writer });
        var said = await output.Reader.ReadAsync().AsTask().WaitAsync(TestHost.Patience);
        said.Buffer.Length.Should().Be(1, "the second guest lives, with its memory full of its own bytes");
        mount.ReadLate().Should().Equal(before, "what is written late is the guest's own that wrote it");
        mount.WriteLate(0xEE);
        await input.Writer.CompleteAsync();

        // It exits with an error if a byte of its memory has changed.
        await running;
    }

    [Fact]
    public async Task Mount_ThatSaysItReadMoreThanItWrote_ShowsNothingOfAnotherGuest()
    {
        using var mount = new KeepingMount(Abandonment.Success, isStream: false);
        await using var host = CreateHost(mount);
        var writer = await host.LoadTextAsync(Caller("write"));
        var reader = await host.LoadTextAsync(Caller("read", fill: 0, check: "(call $all_are (i32.const 0))"));

        await host.RunAsync(writer);

        await host.RunAsync(reader);
    }

    // Exits with 1 when the bytes from 4096 on are not what they should be.
    private const string Helpers = """
          (func $all_are (param $value i32) (local $at i32)
            (local.set $at (i32.const 4096))
            (loop $next
              (if (i32.ne (i32.load8_u (local.get $at)) (local.get $value)) (then (call $exit (i32.const 1))))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (br_if $next (i32.lt_u (local.get $at) (i32.const 12288)))))
        """;

    private static string Watcher => $$"""
        (module
          (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          {{Helpers}}
          (func (export "_start")
            (memory.fill (i32.const 4096) (i32.const 66) (i32.const 8192))
            (i32.store (i32.const 8) (i32.const 100))
            (i32.store (i32.const 12) (i32.const 1))
            (drop (call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 4)))
            (drop (call $fd_read (i32.const 0) (i32.const 8) (i32.const 1) (i32.const 4)))
            (call $all_are (i32.const 66))))
        """;

    private static string Caller(string call, int fill = 65, string check = "") => $$"""
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_pread" (func $fd_pread (param i32 i32 i32 i64 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_pwrite" (func $fd_pwrite (param i32 i32 i32 i64 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (data (i32.const 1024) "late/f")
          {{Helpers}}
          (func (export "_start") (local $fd i32)
            (memory.fill (i32.const 4096) (i32.const {{fill}}) (i32.const 8192))
            (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 6) (i32.const 0) (i64.const 0x46) (i64.const 0)
              (i32.const {{(call == "append" ? 1 : 0)}}) (i32.const 0)))
            (local.set $fd (i32.load (i32.const 0)))
            (i32.store (i32.const 8) (i32.const 4096))
            (i32.store (i32.const 12) (i32.const {{BufferBytes}}))
            (i32.store (i32.const 16) (i32.const {{4096 + BufferBytes}}))
            (i32.store (i32.const 20) (i32.const {{BufferBytes}}))
            (drop {{s_calls[call == "append" ? "write" : call]}})
            {{check}}))
        """;

    private static TestHost CreateHost(KeepingMount mount) =>
        new(options => options.MaxConcurrentInvocations = 1, builder => builder.AddMount("/late", FileAccess.ReadWrite, _ => mount));

    private static async Task RunFirstAsync(TestHost host, GuestModule module, KeepingMount mount, Abandonment abandonment)
    {
        switch (abandonment)
        {
            case Abandonment.Cancellation:
                using (var end = new CancellationTokenSource())
                {
                    var running = host.RunAsync(module, cancellationToken: end.Token);
                    if (await Task.WhenAny(mount.Entered.Task, running) == mount.Entered.Task) await end.CancelAsync();
                    await running.Awaiting(it => it).Should().ThrowAsync<OperationCanceledException>();
                }

                break;
            case Abandonment.Deadline:
                // Where much else runs, the guest may not have come to its call in time.
                for (var timeout = TimeSpan.FromMilliseconds(100); !mount.Entered.Task.IsCompleted; timeout *= 2)
                    await host.Awaiting(it => it.RunAsync(module, new InvocationRequest { Timeout = timeout })).Should().ThrowAsync<GuestLimitException>();

                break;
            default:
                await host.RunAsync(module);
                break;
        }
    }
}
