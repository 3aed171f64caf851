using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Engine.Interop;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Isolation;

/// <summary>
/// A guest that gets the place of another one, the only one there is, finds nothing of it: not in its memory, nor in its table, nor in what it grows them by.
/// </summary>
public sealed class PoolSlotTests
{
    private const int Pages = 200;
    private const int Elements = 10_000;

    // Only a failure waits this long.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    public static TheoryData<string, bool> Endings
    {
        get
        {
            var endings = new TheoryData<string, bool>();
            foreach (var ending in (string[])["", "(unreachable)", "(call $exit (i32.const 7))", "(loop $ever (br $ever))"])
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
        var services = new ServiceCollection();
        services.AddWasiCloud(options =>
            (options.MaxConcurrentInvocations, options.ModuleCacheFolder, options.MaxMemoryBytes, options.Execution) = (1, null, Pages << 16, TestExecution.Value));
        await using var provider = services.BuildServiceProvider();
        var host = provider.GetRequiredService<IInvocationHost>();
        using var filler = await LoadAsync(host, Module(ending));
        using var other = await LoadAsync(host, Module("(nop)"));

        for (var round = 0; round < 3; round++)
        {
            // Each looks for what the one before left, and then fills everything.
            var end = await EndOfAsync(host, filler);
            (end is GuestTrapException { Code: GuestTrapCode.MemoryOutOfBounds or GuestTrapCode.TableOutOfBounds }).Should().BeFalse("it must fill everything: {0}", end);
            (end is GuestExitException { ExitCode: 99 }).Should().BeFalse("round {0} found something of the guest before", round);
            (await EndOfAsync(host, isSameModule ? filler : other) is GuestExitException { ExitCode: 99 }).Should().BeFalse("round {0} found something of the guest before", round);
        }
    }

    // Exits with 99 if something is there that it did not put there.
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
            (if (i32.eq (memory.grow (i32.const {{Pages - 1}})) (i32.const -1)) (then (unreachable)))
            (if (i32.eq (table.grow $table (ref.null func) (i32.const {{Elements - 1}})) (i32.const -1)) (then (unreachable)))
            (call $look)
            (memory.fill (i32.const 0) (i32.const 0xA5) (i32.const {{Pages << 16}}))
            (table.fill $table (i32.const 0) (ref.func $filler) (i32.const {{Elements}}))
            (global.set $global (i64.const -1))
            {{ending}}))
        """;

    private static async Task<GuestModule> LoadAsync(IInvocationHost host, string text) =>
        await host.LoadAsync(TextFormatApi.Assemble(Encoding.UTF8.GetBytes(text)), "guest");

    private static async Task<Exception?> EndOfAsync(IInvocationHost host, GuestModule module)
    {
        try
        {
            await using var response = await host.InvokeAsync(module, new InvocationRequest { Timeout = TimeSpan.FromMilliseconds(300) }).WaitAsync(s_patience);
            await response.Completion.WaitAsync(s_patience);
            return null;
        }
        catch (GuestException exception)
        {
            return exception;
        }
    }
}
