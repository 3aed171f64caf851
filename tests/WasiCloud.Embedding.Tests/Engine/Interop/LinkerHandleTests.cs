using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FluentAssertions;
using WasiCloud.Embedding.Engine.Interop;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Interop;

public sealed unsafe class LinkerHandleTests
{
    private const string CallsMix = """
        (module
          (import "env" "mix" (func $mix (param i32 i64 f64) (result i64)))
          (func (export "run") (result i64) (call $mix (i32.const -3) (i64.const 0x100000000) (f64.const 0.5))))
        """;

    [Fact]
    public void HostFunction_WhenCalled_SeesItsArgumentsAndItsData()
    {
        var seen = new List<string>();
        var handle = GCHandle.Alloc(seen);
        using var guest = new RawInstance(
            CallsMix,
            link: linker => Define(linker, &Mix, [WasmValueKind.I64], GCHandle.ToIntPtr(handle)).Should().BeNull());

        var values = new ValRaw[1];
        guest.Call("run", values).Succeeded.Should().BeTrue();

        seen.Should().Equal("-3 4294967296 0.5 (3)");
        values[0].I64.Should().Be(1234567890123);
        handle.Free();
    }

    [Fact]
    public void HostFunction_ReturningAMessageTrap_IsAnErrorWithTheGuestsFrames()
    {
        using var guest = new RawInstance(CallsMix, link: linker => Define(linker, &Exit, [WasmValueKind.I64]));

        var outcome = guest.Call("run", new ValRaw[1]);

        outcome.Trap.Should().Be(0);
        var error = outcome.TakeError()!;
        error.Message.Should().Contain("left the guest");
        error.Frames.Should().ContainSingle().Which.FunctionIndex.Should().Be(1);
    }

    [Fact]
    public void HostFunction_ReturningACodeTrap_IsATrapWithThatCode()
    {
        using var guest = new RawInstance(CallsMix, link: linker => Define(linker, &OutOfBounds, [WasmValueKind.I64]));

        var outcome = guest.Call("run", new ValRaw[1]);

        outcome.Error.Should().Be(0);
        outcome.TakeTrap()!.Code.Should().Be(TrapCode.MemoryOutOfBounds);
    }

    [Fact]
    public void TryInstantiatePre_WithAMissingImport_ReturnsItsName()
    {
        using var engine = RawInstance.CreateEngine();
        using var module = RawInstance.Compile(engine, CallsMix);
        using var linker = new LinkerHandle(engine);

        linker.TryInstantiatePre(module, out var instancePre, out var error).Should().BeFalse();

        instancePre.Should().BeNull();
        error!.Message.Should().Contain("env::mix");
    }

    [Fact]
    public void TryInstantiatePre_WithAnImportOfAnotherType_ReturnsAnError()
    {
        using var engine = RawInstance.CreateEngine();
        using var module = RawInstance.Compile(engine, CallsMix);
        using var linker = new LinkerHandle(engine);
        Define(linker, &Mix, [WasmValueKind.I32]).Should().BeNull();

        linker.TryInstantiatePre(module, out _, out var error).Should().BeFalse();

        error!.Message.Should().Contain("incompatible import type");
    }

    [Fact]
    public void DefineFunction_Twice_ReturnsAnError()
    {
        using var engine = RawInstance.CreateEngine();
        using var linker = new LinkerHandle(engine);

        Define(linker, &Mix, [WasmValueKind.I64]).Should().BeNull();
        Define(linker, &Mix, [WasmValueKind.I64])!.Message.Should().Contain("defined twice");
    }

    [Fact]
    public void DefineFunction_WithAVectorType_Throws()
    {
        using var engine = RawInstance.CreateEngine();
        using var linker = new LinkerHandle(engine);

        linker.Invoking(l => Define(l, &Mix, [WasmValueKind.V128])).Should().Throw<ArgumentException>();
    }

    private static WasmtimeError? Define(
        LinkerHandle linker,
        delegate* unmanaged<nint, nint, ValRaw*, nuint, nint> callback,
        ReadOnlySpan<WasmValueKind> results,
        nint data = 0) => linker.DefineFunction(
            "env"u8, "mix"u8, [WasmValueKind.I32, WasmValueKind.I64, WasmValueKind.F64], results, callback, data);

    [UnmanagedCallersOnly]
    private static nint Mix(nint data, nint caller, ValRaw* values, nuint count)
    {
        var seen = (List<string>)GCHandle.FromIntPtr(data).Target!;
        seen.Add(FormattableString.Invariant($"{values[0].I32} {values[1].I64} {values[2].F64} ({count})"));
        values[0].I64 = 1234567890123;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static nint Exit(nint data, nint caller, ValRaw* values, nuint count) => TrapApi.New("left the guest"u8);

    [UnmanagedCallersOnly]
    private static nint OutOfBounds(nint data, nint caller, ValRaw* values, nuint count) => TrapApi.NewFromCode(TrapCode.MemoryOutOfBounds);
}
