using FluentAssertions;
using WasiCloud.Embedding.Engine.Interop;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Interop;

public sealed class WasmTrapTests
{
    [Theory]
    [InlineData("(i32.load (i32.const 0x7fffffff))", TrapCode.MemoryOutOfBounds)]
    [InlineData("(i32.div_s (i32.const 1) (i32.const 0))", TrapCode.IntegerDivisionByZero)]
    [InlineData("(i32.div_s (i32.const 0x80000000) (i32.const -1))", TrapCode.IntegerOverflow)]
    [InlineData("(i32.trunc_f32_s (f32.const nan))", TrapCode.BadConversionToInteger)]
    [InlineData("(call_indirect (result i32) (i32.const 9))", TrapCode.TableOutOfBounds)]
    [InlineData("(call_indirect (result i32) (i32.const 1))", TrapCode.IndirectCallToNull)]
    [InlineData("(call_indirect (result i32) (i32.const 0))", TrapCode.BadSignature)]
    [InlineData("(unreachable)", TrapCode.UnreachableCodeReached)]
    internal void Code_OfEachGuestFault_IsTheHeadersCode(string body, TrapCode expected)
    {
        using var guest = new RawInstance($"""
            (module (memory 1) (table 2 funcref) (elem (i32.const 0) $other)
              (func $other (param i64))
              (func (export "run") (result i32) {body}))
            """);

        guest.Call("run", new ValRaw[1]).TakeTrap()!.Code.Should().Be(expected);
    }

    [Fact]
    public void Frames_OfANestedTrap_NameTheFunctionsInnermostFirst()
    {
        using var guest = new RawInstance("""(module $tool (func $inner unreachable) (func $outer (export "run") (call $inner)))""");

        var trap = guest.Call("run", []).TakeTrap()!;

        trap.Message.Should().Contain("unreachable").And.NotEndWith("\0");
        trap.Frames.Select(frame => (frame.ModuleName, frame.FunctionName, frame.FunctionIndex))
            .Should().Equal(("tool", "inner", 0u), ("tool", "outer", 1u));
        trap.Frames[0].ModuleOffset.Should().BeGreaterThan(trap.Frames[0].FunctionOffset!.Value);
    }

    [Fact]
    public void Frames_WithoutANameSection_HaveNoNames()
    {
        using var guest = new RawInstance("""(module (func (export "run") unreachable))""");

        var frame = guest.Call("run", []).TakeTrap()!.Frames.Should().ContainSingle().Subject;

        frame.ModuleName.Should().BeNull();
        frame.FunctionName.Should().BeNull();
    }

    [Fact]
    public void Take_OfATrapWithoutACode_HasItsMessage()
    {
        var trap = WasmTrap.Take(TrapApi.New("só"u8))!;

        trap.Code.Should().BeNull();
        trap.Message.Should().Be("só");
        trap.Frames.Should().BeEmpty();
    }
}
