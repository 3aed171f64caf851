using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Mounts.Memory;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>What a policy of ten lines costs: an open, and a whole invocation.</summary>
internal sealed class PolicyFigures : IGaugeFigures
{
    private const int Opens = 100_000;
    private const int Invocations = 5_000;
    private const int Rounds = 5;

    /// <summary>Makes a file, and opens and closes it as often as <see cref="Opens"/> says.</summary>
    private static readonly string OpenLoop = string.Create(CultureInfo.InvariantCulture, $$"""
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 100) "srv/file")
          (func $check (param i32) (if (local.get 0) (then unreachable)))
          (func $file (param i32)
            (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 8) (local.get 0) (i64.const 66) (i64.const 0) (i32.const 0)
              (i32.const 200)))
            (call $check (call $close (i32.load (i32.const 200)))))
          (func (export "_start") (local $count i32)
            (call $file (i32.const 1))
            (local.set $count (i32.const {{Opens}}))
            (loop $again
              (call $file (i32.const 0))
              (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
        """);

    private static readonly GuestPolicy Policy = GuestPolicy.Parse("""
        /beta/kv/local/todo       rwc
        /beta/kv/global/prices    r
        /beta/secrets/payment-key r
        /beta/rpc/price/call      rw
        /beta/topic/orders        w
        /srv                      rwc
        /srv/private              -
        /tmp                      rw
        /dev/random               r
        /request/body             r
        """);

    public async IAsyncEnumerable<GaugeFigure> MeasureAsync(GuestExecution execution)
    {
        await using var host = new BenchmarkHost(builder => builder.AddMount("/srv", FileAccess.ReadWrite, _ => new MemoryMount()), execution);
        using var opening = await host.Host.LoadAsync(TextFormatApi.Assemble(Encoding.UTF8.GetBytes(OpenLoop)), "open");
        var (free, bound) = await CompareAsync(policy => Sampling.MedianAsync(1, _ => host.RunAsync(opening, new InvocationRequest { Policy = policy })));
        yield return new GaugeFigure("open-close-ns", free.TotalNanoseconds / Opens, "ns");
        yield return new GaugeFigure("policy-open-ns", (bound - free).TotalNanoseconds / Opens, "ns more");

        using var json = await host.LoadAsync("json");
        (free, bound) = await CompareAsync(policy => Sampling.MedianAsync(Invocations, count => InvokeAsync(host, json, policy, count)));
        yield return new GaugeFigure("policy-invoke-ratio", bound / free, "x");
    }

    // In turn, and the least of several: both have the machine's slow phases.
    private static async Task<(TimeSpan Free, TimeSpan Bound)> CompareAsync(Func<GuestPolicy?, Task<TimeSpan>> measure)
    {
        var (free, bound) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        for (var round = 0; round < Rounds; round++)
        {
            free = Min(free, await measure(null));
            bound = Min(bound, await measure(Policy));
        }

        return (free, bound);
    }

    private static TimeSpan Min(TimeSpan first, TimeSpan second) => first < second ? first : second;

    private static async Task InvokeAsync(BenchmarkHost host, GuestModule module, GuestPolicy? policy, int count)
    {
        var body = "{\"name\":\"Ada\",\"numbers\":[1,2,3]}"u8.ToArray();
        for (var index = 0; index < count; index++)
        {
            var request = new InvocationRequest { Method = "POST", Body = BenchmarkHost.Body(body), ContentLength = body.Length, Policy = policy };
            await using var response = await host.Host.InvokeAsync(module, request);
            await BenchmarkHost.DrainAsync(response.Body);
            await response.Completion;
        }
    }
}
