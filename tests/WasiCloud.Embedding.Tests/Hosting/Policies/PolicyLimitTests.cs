using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Policies;

/// <summary>The limits of a policy hold where they are smaller than those of options and request, and not where they are larger.</summary>
public sealed class PolicyLimitTests : IAsyncTest
{
    private const string Loop = """(module (memory (export "memory") 1) (func (export "_start") (loop (br 0))))""";

    // Exits with the number of pages that it could add, one by one, up to 20.
    private const string Grow = """
        (module
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (func (export "_start") (local $pages i32)
            (block $full
              (loop $more
                (br_if $full (i32.eq (local.get $pages) (i32.const 20)))
                (br_if $full (i32.eq (memory.grow (i32.const 1)) (i32.const -1)))
                (local.set $pages (i32.add (local.get $pages) (i32.const 1)))
                (br $more)))
            (call $exit (local.get $pages))))
        """;

    // Exits with the number of descriptors that it could open, up to 100.
    private const string OpenMany = """
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (data (i32.const 100) "dev/null")
          (func (export "_start") (local $count i32)
            (block $full
              (loop $more
                (br_if $full (i32.eq (local.get $count) (i32.const 100)))
                (br_if $full (call $open (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 8) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0)
                  (i32.const 200)))
                (local.set $count (i32.add (local.get $count) (i32.const 1)))
                (br $more)))
            (call $exit (local.get $count))))
        """;

    // Exits with the number of files that it could make in /tmp, up to 20.
    private const string MakeMany = """
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (data (i32.const 100) "tmp/a")
          (func (export "_start") (local $count i32)
            (block $full
              (loop $more
                (br_if $full (i32.eq (local.get $count) (i32.const 20)))
                (i32.store8 (i32.const 104) (i32.add (i32.const 97) (local.get $count)))
                (br_if $full (call $open (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 5) (i32.const 1) (i64.const 64) (i64.const 0) (i32.const 0)
                  (i32.const 200)))
                (local.set $count (i32.add (local.get $count) (i32.const 1)))
                (br $more)))
            (call $exit (local.get $count))))
        """;

    private readonly TestHost _host = new(options => options.MaxFuel = long.MaxValue / 2);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("limit time 20ms", GuestLimit.Time, 20)]
    [InlineData("limit cpu-time 20ms", GuestLimit.CpuTime, 20)]
    [InlineData("limit fuel 1000", GuestLimit.Fuel, 1000)]
    public async Task Loop_EndsWithTheLimitOfThePolicy(string policy, GuestLimit limit, long value)
    {
        var module = await _host.LoadTextAsync(Loop);

        var run = () => _host.RunAsync(module, new InvocationRequest { Timeout = TimeSpan.FromMinutes(5), Policy = GuestPolicy.Parse(policy) });

        (await run.Should().ThrowAsync<GuestLimitException>()).Which.Should().Match<GuestLimitException>(it => it.Limit == limit && it.Value == value);
    }

    [Theory]
    [InlineData("limit memory 320KiB", 4)]
    [InlineData("limit memory 400KiB", 5)]
    [InlineData("limit memory 4GiB", 20)]
    [InlineData("", 20)]
    public async Task Memory_GrowsToTheLimitOfThePolicy(string policy, int pages)
    {
        var module = await _host.LoadTextAsync(Grow);

        (await ExitCodeAsync(module, policy)).Should().Be(pages);
    }

    [Fact]
    public async Task Memory_OfWhichTheModuleNeedsMore_IsALimitFailure()
    {
        var module = await _host.LoadTextAsync("""(module (memory (export "memory") 4) (func (export "_start")))""");

        var run = () => _host.RunAsync(module, new InvocationRequest { Policy = GuestPolicy.Parse("limit memory 128KiB") });

        (await run.Should().ThrowAsync<GuestLimitException>()).Which.Should().Match<GuestLimitException>(
            it => it.Limit == GuestLimit.Memory && it.Value == 128 << 10);
        await _host.RunAsync(module);
    }

    [Theory]
    [InlineData("limit descriptors 10", 6)]
    [InlineData("limit descriptors 1000", 100)]
    public async Task Descriptors_AreAsManyAsThePolicySays(string policy, int count) =>
        (await ExitCodeAsync(await _host.LoadTextAsync(OpenMany), policy)).Should().Be(count);

    [Theory]
    [InlineData("limit temporary-files 3", 3)]
    [InlineData("limit temporary-bytes 2KiB", 3)]
    [InlineData("limit temporary-bytes 1GiB", 20)]
    public async Task Temporary_FilesAreAsManyAsThePolicySays(string policy, int count) =>
        (await ExitCodeAsync(await _host.LoadTextAsync(MakeMany), policy)).Should().Be(count);

    [Fact]
    public async Task Output_BeyondThePolicy_EndsTheGuest()
    {
        var module = await _host.LoadGuestAsync("write_body");

        var run = () => _host.RunAsync(module, new InvocationRequest { Policy = GuestPolicy.Parse("limit output 10B") });

        (await run.Should().ThrowAsync<GuestLimitException>()).Which.Should().Match<GuestLimitException>(
            it => it.Limit == GuestLimit.Output && it.Value == 10);
        await _host.RunAsync(module);
    }

    [Fact]
    public async Task Limits_OfSeveralPolicies_AreTheSmallest()
    {
        var module = await _host.LoadTextAsync(Grow, new GuestModuleOptions { Policy = GuestPolicy.Parse("limit memory 192KiB") });

        (await ExitCodeAsync(module, "limit memory 640KiB")).Should().Be(2);
        (await ExitCodeAsync(module, "limit memory 128KiB")).Should().Be(1);
    }

    [Fact]
    public async Task Invocations_OfTheModule_AreAsManyAsThePolicySays()
    {
        using var gate = new Gate();
        await using var host = new TestHost(
            options => options.QueueTimeout = TimeSpan.Zero, builder => builder.AddMount("/test", FileAccess.Read, _ => gate.Mount));
        var module = await host.LoadTextAsync(
            GuestText.ReadGate, new GuestModuleOptions { Policy = GuestPolicy.Parse("/test r\nlimit invocations 1") });

        var first = host.RunAsync(module);
        await gate.ArrivedAsync();
        await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<GuestLimitException>();
        gate.Open();
        await first;
    }

    [Fact]
    public async Task Stack_IsAtMostWhatThePolicySays()
    {
        const string recurse = """
            (module
              (memory (export "memory") 1)
              (func $deep (param i32) (result i32)
                (if (result i32) (local.get 0) (then (i32.add (call $deep (i32.sub (local.get 0) (i32.const 1))) (i32.const 1))) (else (i32.const 0))))
              (func (export "_start") (drop (call $deep (i32.const 6000)))))
            """;
        await _host.RunAsync(await _host.LoadTextAsync(recurse));
        var bound = await _host.LoadTextAsync(recurse, new GuestModuleOptions { Policy = GuestPolicy.Parse("limit stack 100KiB") });

        await _host.Awaiting(it => it.RunAsync(bound)).Should().ThrowAsync<GuestTrapException>();
    }

    private async Task<int> ExitCodeAsync(GuestModule module, string policy) =>
        (int)await OpenGuest.ErrnoAsync(_host, module, new InvocationRequest { Policy = GuestPolicy.Parse(policy) });
}
