using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Policies;

/// <summary>What the guests of a tenant use together is limited together, and what those of another use does not count.</summary>
public sealed class TenantUseTests : IAsyncTest
{
    private const string Loop = """(module (memory (export "memory") 1) (func (export "_start") (loop (br 0))))""";

    private const string Nothing = """(module (memory (export "memory") 1) (func (export "_start")))""";

    // Writes 1,000 bytes into a key, and waits for the gate before the file is closed. Exits with the errno of what failed.
    private const string Holding = """
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "\00\10\00\00\e8\03\00\00")
          (data (i32.const 100) "beta/kv/local/key") (data (i32.const 200) "test/file")
          (func $check (param i32) (if (local.get 0) (then (call $exit (local.get 0)))))
          (func (export "_start")
            (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 17) (i32.const 9) (i64.const 0x40) (i64.const 0) (i32.const 0)
              (i32.const 300)))
            (call $check (call $write (i32.load (i32.const 300)) (i32.const 0) (i32.const 1) (i32.const 308)))
            (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 200) (i32.const 9) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0)
              (i32.const 304)))
            (call $check (call $read (i32.load (i32.const 304)) (i32.const 0) (i32.const 1) (i32.const 308)))))
        """;

    private readonly FakeTimeProvider _time = new();
    private readonly TestHost _host;

    public TenantUseTests() => _host = new TestHost(
        build: builder => builder.AddKeyValue(keyValue => keyValue.Scope("local").UseMemory()), time: _time);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task CpuTime_OfATenant_EndsItsGuestsAndKeepsOthersOutUntilTheSecondIsOver()
    {
        var (loop, nothing) = (await _host.LoadTextAsync(Loop), await _host.LoadTextAsync(Nothing));
        var policy = GuestPolicy.Parse("limit tenant-cpu-time-per-second 50ms\n");
        Task Run(GuestModule module, string tenant) => _host.RunAsync(module, new InvocationRequest { Tenant = tenant, Policy = policy });

        var ended = (await FluentActions.Awaiting(() => Run(loop, "ann")).Should().ThrowAsync<GuestLimitException>()).Which;
        (ended.Limit, ended.Value).Should().Be((GuestLimit.TenantCpuTime, 50L));
        ended.Message.Should().Be("The guests of the tenant have computed for 50 ms within a second.");

        (await FluentActions.Awaiting(() => Run(nothing, "ann")).Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.TenantCpuTime);
        await Run(nothing, "bob");
        _time.Advance(TimeSpan.FromSeconds(1));
        await Run(nothing, "ann");
    }

    [Fact]
    public async Task CpuTime_OfATenant_IsUsedByAllOfItsGuests()
    {
        var loop = await _host.LoadTextAsync(Loop);
        var request = new InvocationRequest { Tenant = "ann", Policy = GuestPolicy.Parse("limit tenant-cpu-time-per-second 100ms\n") };

        var guests = Enumerable.Range(0, 4).Select(_ => Task.Run(() => _host.RunAsync(loop, request))).ToArray();

        foreach (var guest in guests)
        {
            (await guest.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestLimitException>())
                .Which.Limit.Should().Be(GuestLimit.TenantCpuTime);
        }
    }

    [Fact]
    public async Task CpuTime_OfAnInstance_EndsItsCall()
    {
        await using var instance = await _host.StartTextAsync(
            """(module (memory (export "memory") 1) (func (export "spin") (loop (br 0))))""",
            new InvocationRequest { Tenant = "ann", Policy = GuestPolicy.Parse("limit tenant-cpu-time-per-second 50ms\n") });

        var call = () => instance.GetFunction("spin").CallAsync();

        (await call.Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.TenantCpuTime);
    }

    [Fact]
    public async Task LogBytes_OfATenant_LeaveOutWhatItsGuestsWriteBeyond()
    {
        var shout = await _host.LoadTextAsync(GuestText.Command("dev/null", "(call $write_to (i32.const 1))", new string('x', 60) + "\n"));
        var policy = GuestPolicy.Parse("limit tenant-log-bytes-per-second 100\n");
        async Task<int> LinesOfAsync(string tenant)
        {
            var before = Lines();
            await _host.RunAsync(shout, new InvocationRequest { Tenant = tenant, Policy = policy });
            return Lines() - before;
        }

        (await LinesOfAsync("ann")).Should().Be(1);
        (await LinesOfAsync("ann")).Should().Be(1, "a line may cross the limit");
        (await LinesOfAsync("ann")).Should().Be(0);
        (await LinesOfAsync("bob")).Should().Be(1);
        _time.Advance(TimeSpan.FromSeconds(1));
        (await LinesOfAsync("ann")).Should().Be(1);

        int Lines() => _host.Logs.Entries.Count(entry => entry.Message.Contains(new string('x', 60), StringComparison.Ordinal));
    }

    [Fact]
    public async Task OpenBytes_OfATenant_AreThoseOfAllOfItsGuests()
    {
        using var gate = new Gate();
        await using var host = new TestHost(build: builder => builder
            .AddKeyValue(keyValue => keyValue.Scope("local").UseMemory()).AddMount("/test", FileAccess.Read, _ => gate.Mount));
        var holding = await host.LoadTextAsync(Holding);
        var policy = GuestPolicy.Parse("/beta/kv/local rwc tenant\n/test r\nlimit tenant-open-bytes 1500\n");
        async Task<int> RunAsync(string tenant)
        {
            try
            {
                await host.RunAsync(holding, new InvocationRequest { Tenant = tenant, Policy = policy, Timeout = TimeSpan.FromMinutes(5) });
                return 0;
            }
            catch (GuestExitException exit)
            {
                return exit.ExitCode;
            }
        }

        var first = Task.Run(() => RunAsync("ann"));
        await gate.ArrivedAsync();

        (await RunAsync("ann")).Should().Be((int)Errno.NoMem);
        gate.Open();
        (await first).Should().Be(0);
        (await RunAsync("ann")).Should().Be(0, "what the first held was given back");
        (await RunAsync("bob")).Should().Be(0);
    }
}
