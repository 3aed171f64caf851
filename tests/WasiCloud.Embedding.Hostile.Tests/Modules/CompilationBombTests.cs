using System.Diagnostics;
using FluentAssertions;
using WasiCloud.Embedding.Fuzz;
using WasiCloud.Embedding.Fuzz.Modules;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Modules;

/// <summary>Small modules that are much work for a compiler are compiled in bounded time, or refused.</summary>
public sealed class CompilationBombTests
{
    // For a machine that does much else; alone, each takes about a second.
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData("straight code, many functions", 300_000, Ending.Ok)]
    [InlineData("one function of straight code", 300_000, Ending.Ok)]
    [InlineData("many empty functions", 50_000, Ending.Ok)]
    [InlineData("calls with 1,000 arguments", 300_000, Ending.Ok)]
    [InlineData("blocks of 1,000 results", 3_090, Ending.Ok)]
    [InlineData("blocks of 1,000 results", 12_000, Ending.Invalid)]
    [InlineData("blocks of 100 results", 12_000, Ending.Invalid)]
    [InlineData("blocks of 1,000 results", 1_000_000, Ending.Invalid)]
    [InlineData("blocks of 1,000 results, many functions", 60_000, Ending.Ok)]
    [InlineData("locals changed in nested loops", 50_000, Ending.Invalid)]
    [InlineData("locals changed in nested loops", 1_000_000, Ending.Invalid)]
    [InlineData("locals changed in many branches", 1_000_000, Ending.Invalid)]
    [InlineData("br_table in a loop with many locals", 3_000_000, Ending.Invalid)]
    [InlineData("many empty functions", 1_000_000, Ending.Invalid)]
    public async Task Bomb_Loaded_IsCompiledSoonOrRefused(string kind, int bytes, string ending)
    {
        await using var host = new FuzzHost();
        var wasm = CompilationBombs.All[kind](bytes);
        var watch = Stopwatch.StartNew();

        // What it does when it runs is not the point: some of these loop.
        var actual = await host.LoadAndRunAsync(wasm, TimeSpan.FromSeconds(1));
        (actual is Ending.Time or Ending.StackOverflow ? Ending.Ok : actual).Should().Be(ending);

        watch.Elapsed.Should().BeLessThan(s_deadline);
        if (ending == Ending.Invalid)
            (await host.Awaiting(it => it.Host.LoadAsync(wasm, kind).AsTask()).Should().ThrowAsync<InvalidGuestModuleException>())
                .WithMessage("*MaxCompilationBytes*");
    }
}
