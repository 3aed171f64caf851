using FluentAssertions;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Isolation;

/// <summary>
/// A guest that gets the place of another one, the only one there is, finds nothing of it: not in its memory, nor in its table, nor in what it grows them by.
/// </summary>
public sealed class PoolSlotTests
{
    private const int Pages = 200;
    private const int Elements = 10_000;

    private const string LoopsForEver = "(loop $ever (br $ever))";

    public static TheoryData<string, bool> Endings
    {
        get
        {
            var endings = new TheoryData<string, bool>();
            foreach (var ending in (string[])["", "(unreachable)", "(call $exit (i32.const 7))", LoopsForEver])
            {
                endings.Add(ending, true);
                endings.Add(ending, false);
            }

            return endings;
        }
    }

    [Theory]
    [MemberData(nameof(Endings))]
    public async Task Guest_InTheSlotOfAnother_FindsZerosAndNulls(string ending, bool isSameModule)
    {
        await using var host = new TestHost(options => (options.MaxConcurrentInvocations, options.MaxMemoryBytes) = (1, Pages << 16));
        var filler = await host.LoadTextAsync(Module(ending));
        var other = isSameModule ? filler : await host.LoadTextAsync(Module("(nop)"));
        var timeout = ending == LoopsForEver ? TimeSpan.FromMilliseconds(300) : TestHost.Patience;

        for (var round = 0; round < 3; round++)
        {
            // Each looks for what the one before left, and then fills everything.
            foreach (var guest in (GuestModule[])[filler, other])
            {
                var end = await EndOfAsync(host, guest, guest == filler ? timeout : TestHost.Patience);
                (end is GuestTrapException { Code: GuestTrapCode.MemoryOutOfBounds or GuestTrapCode.TableOutOfBounds }).Should()
                    .BeFalse("it must fill everything: {0}", end);
                (end is GuestExitException { ExitCode: 99 }).Should().BeFalse("round {0} found something of the guest before", round);
            }
        }
    }

    // Exits with 99 if something is there that it did not put there. If it cannot grow, it traps as no ending does.
    private static string Module(string ending) => $$"""
        (module
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (table $table 1 {{Elements}} funcref)
          (global $global (mut i64) (i64.const 0))
          (elem declare func $filler)
          (func $filler)
          (func $look (local $at i32)
            (if (i64.ne (global.get $global) (i64.const 0)) (then (call $exit (i32.const 99))))
            (loop $next
              (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then (call $exit (i32.const 99))))
              (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.shl (memory.size) (i32.const 16)))))
            (local.set $at (i32.const 0))
            (loop $next
              (if (i32.eqz (ref.is_null (table.get $table (local.get $at)))) (then (call $exit (i32.const 99))))
              (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (table.size $table)))))
          (func (export "_start")
            (call $look)
            (if (i32.eq (memory.grow (i32.const {{Pages - 1}})) (i32.const -1)) (then (drop (i32.load (i32.const -1)))))
            (if (i32.eq (table.grow $table (ref.null func) (i32.const {{Elements - 1}})) (i32.const -1)) (then (drop (i32.load (i32.const -1)))))
            (call $look)
            (memory.fill (i32.const 0) (i32.const 0xA5) (i32.const {{Pages << 16}}))
            (table.fill $table (i32.const 0) (ref.func $filler) (i32.const {{Elements}}))
            (global.set $global (i64.const -1))
            {{ending}}))
        """;

    private static async Task<Exception?> EndOfAsync(TestHost host, GuestModule module, TimeSpan timeout)
    {
        try
        {
            await host.RunAsync(module, new InvocationRequest { Timeout = timeout });
            return null;
        }
        catch (GuestException exception)
        {
            return exception;
        }
    }
}
