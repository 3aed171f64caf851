using System.IO.Pipelines;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.Logging;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Streams;

public sealed class StandardStreamTests
{
    // Writes its arguments and then its environment, each ended by NUL, to standard output.
    private const string Reflect = """
        (module
          (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "environ_get" (func $environ (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (func $write
            (i32.store (i32.const 8) (i32.const 4096))
            (i32.store (i32.const 12) (i32.load (i32.const 4)))
            (drop (call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16))))
          (func (export "_start")
            (drop (call $args_sizes (i32.const 0) (i32.const 4)))
            (drop (call $args (i32.const 1024) (i32.const 4096)))
            (call $write)
            (drop (call $environ_sizes (i32.const 0) (i32.const 4)))
            (drop (call $environ (i32.const 1024) (i32.const 4096)))
            (call $write)))
        """;

    [Fact]
    public async Task StandardOutput_ByDefault_IsLoggedLineByLine()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "(call $write_to (i32.const 1))", text: "one\ntwo\nthree"));

        await host.RunAsync(module);

        host.Logs[4].Select(entry => entry.Values["Line"]).Should().Equal("one", "two", "three");
        host.Logs[4].Should().OnlyContain(entry => entry.Level == LogLevel.Information && (string)entry.Values["Module"]! == "text");
    }

    [Fact]
    public async Task StandardError_ByDefault_IsLoggedAsWarnings()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "(call $write_to (i32.const 2))", text: "oh no"));

        await host.RunAsync(module);

        host.Logs[5].Should().ContainSingle().Which.Should().Match<LogEntry>(entry => entry.Level == LogLevel.Warning && entry.Message.Contains("oh no"));
    }

    [Fact]
    public async Task StandardOutput_WithAPipe_GoesThereAndLeavesItOpen()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "(call $write_to (i32.const 1))", text: "to the pipe"));
        var pipe = new Pipe();

        await host.RunAsync(module, new InvocationRequest { StandardOutput = pipe.Writer });
        await pipe.Writer.WriteAsync("!"u8.ToArray());

        (await ReadAsync(pipe)).Should().Be("to the pipe!");
        host.Logs[4].Should().BeEmpty();
    }

    [Fact]
    public async Task StandardError_OfAGuestThatFails_IsInTheException()
    {
        await using var host = new TestHost();
        var module = await host.LoadGuestAsync("fault");

        var failure = await host.Awaiting(it => it.RunAsync(module, TestHost.WithArguments("stderr", "100000"))).Should().ThrowAsync<GuestExitException>();

        failure.Which.ExitCode.Should().Be(3);
        failure.Which.StandardError.Should().HaveLength(64 << 10).And.EndWith("stderr stderr\n");
    }

    [Fact]
    public async Task StandardError_OfAGuestThatIsKilled_IsInTheException()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "(call $write_to (i32.const 2)) (loop (br 0))", text: "last words"));

        var failure = await host.Awaiting(it => it.RunAsync(module, new InvocationRequest { Timeout = TimeSpan.FromMilliseconds(50) }))
            .Should().ThrowAsync<GuestLimitException>();

        failure.Which.StandardError.Should().Be("last words");
        host.Logs[5].Should().ContainSingle().Which.Values["Line"].Should().Be("last words");
    }

    [Fact]
    public async Task StandardInput_OfThePipe_ReachesTheGuest()
    {
        await using var host = new TestHost();
        var module = await host.LoadGuestAsync("fault");
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await pipe.Writer.WriteAsync(new byte[100_000]);
        await pipe.Writer.CompleteAsync();

        await host.RunAsync(module, new InvocationRequest { Arguments = ["readstdin"], StandardInput = pipe.Reader });

        host.Logs[4].Should().ContainSingle().Which.Values["Line"].Should().Be("read 100000");
    }

    [Fact]
    public async Task StandardInput_ByDefault_IsEmpty()
    {
        await using var host = new TestHost();
        var module = await host.LoadGuestAsync("fault");

        await host.RunAsync(module, TestHost.WithArguments("readstdin"));

        host.Logs[4].Should().ContainSingle().Which.Values["Line"].Should().Be("read 0");
    }

    [Fact]
    public async Task ArgumentsAndEnvironment_OfHostAndRequest_ReachTheGuest()
    {
        await using var host = new TestHost(options => (options.Environment["SHARED"], options.Environment["TIER"]) = ("yes", "host"));
        var module = await host.LoadTextAsync(Reflect);

        var merged = await ReflectAsync(host, module, new Dictionary<string, string>(StringComparer.Ordinal) { ["TIER"] = "request", ["ä"] = "ö" });
        var shared = await ReflectAsync(host, module, new Dictionary<string, string>(StringComparer.Ordinal));

        merged.Should().Equal("text", "first", "", "SHARED=yes", "TIER=request", "ä=ö");
        shared.Should().Equal("text", "first", "", "SHARED=yes", "TIER=host");
    }

    [Fact]
    public async Task Arguments_WithANul_AreRefusedAndCostNoSlot()
    {
        await using var host = new TestHost(options => options.MaxConcurrentInvocations = 1);
        var module = await host.LoadGuestAsync("empty");

        await host.Awaiting(it => it.RunAsync(module, TestHost.WithArguments("a\0b"))).Should().ThrowAsync<ArgumentException>().WithMessage("*NUL*");

        await host.RunAsync(module);
    }

    private static async Task<string[]> ReflectAsync(TestHost host, GuestModule module, IReadOnlyDictionary<string, string> environment)
    {
        var pipe = new Pipe();
        await host.RunAsync(module, new InvocationRequest { Arguments = ["first", ""], Environment = environment, StandardOutput = pipe.Writer });
        return (await ReadAsync(pipe)).TrimEnd('\0').Split('\0');
    }

    private static async Task<string> ReadAsync(Pipe pipe)
    {
        await pipe.Writer.CompleteAsync();
        using var content = new MemoryStream();
        await pipe.Reader.CopyToAsync(content);
        return Encoding.UTF8.GetString(content.ToArray());
    }
}
