using FluentAssertions;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

/// <summary>Which proposals to WebAssembly a module may use, as SECURITY.md says.</summary>
public sealed class ProposalTests
{
    public static TheoryData<string, string> On => new()
    {
        { "SIMD", "(drop (v128.const i32x4 0 0 0 0))" },
        { "relaxed SIMD", "(drop (i8x16.relaxed_swizzle (v128.const i64x2 0 0) (v128.const i64x2 0 0)))" },
        { "tail calls", "(return_call $other)" },
        { "bulk memory", "(memory.fill (i32.const 0) (i32.const 0) (i32.const 1))" },
        { "reference types", "(drop (ref.null extern))" },
        { "wide arithmetic", "(i64.add128 (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (drop) (drop)" },
        { "typed function references", "(call_ref $type (ref.func $other))" },
    };

    public static TheoryData<string, string, string> Off => new()
    {
        { "atomic instructions", "", "(drop (i32.atomic.load (i32.const 0)))" },
        { "shared memories", "(memory $shared 1 1 shared)", "" },
        { "64-bit memories", "(memory $wide i64 1)", "" },
        { "several memories", "(memory $second 1)", "" },
        { "exceptions", "(tag $tag)", "(throw $tag)" },
        { "garbage collection", "(type $struct (struct (field i32)))", "(drop (struct.new $struct (i32.const 0)))" },
        { "stack switching", "(type $cont (cont $type))", "(drop (ref.null $cont))" },
    };

    [Theory]
    [MemberData(nameof(On))]
    public async Task Proposal_ThatIsOn_Runs(string proposal, string code)
    {
        await using var host = new TestHost();

        var module = await host.LoadTextAsync(Module("", code));

        await host.Awaiting(it => it.RunAsync(module)).Should().NotThrowAsync(proposal);
    }

    [Theory]
    [MemberData(nameof(Off))]
    public async Task Proposal_ThatIsOff_IsRefused(string proposal, string declarations, string code)
    {
        await using var host = new TestHost();

        await host.Awaiting(it => it.LoadTextAsync(Module(declarations, code))).Should().ThrowAsync<InvalidGuestModuleException>(proposal);
    }

    private static string Module(string declarations, string code) => $$"""
        (module
          (type $type (func))
          (memory (export "memory") 1)
          {{declarations}}
          (elem declare func $other)
          (func $other (type $type))
          (func (export "_start") {{code}}))
        """;
}
