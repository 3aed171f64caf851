using System.Runtime.InteropServices;
using FluentAssertions;
using WasiCloud.Embedding.Engine.Interop;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Interop;

public sealed unsafe class StoreApiTests
{
    private const string Loop = """
        (module
          (func (export "spin") (loop $again (br $again)))
          (func (export "count") (param i32) (result i32)
            (loop $again (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))
        """;

    [Fact]
    public void EpochDeadline_WhenExceeded_IsAnInterruptTrap()
    {
        using var guest = new RawInstance(Loop, UseEpochs);
        StoreApi.SetEpochDeadline(guest.Context, 1);
        EngineApi.IncrementEpoch(guest.Engine);

        guest.Call("spin", []).TakeTrap()!.Code.Should().Be(TrapCode.Interrupt);
    }

    [Fact]
    public void EpochDeadlineCallback_ThatReturnsAnError_EndsTheGuestWithIt()
    {
        var calls = 0;
        using var guest = new RawInstance(Loop, UseEpochs);
        StoreApi.SetEpochDeadlineCallback(guest.Store, &ExtendOnceThenEnd, (nint)(&calls), finalizer: 0);
        StoreApi.SetEpochDeadline(guest.Context, 0);

        var outcome = guest.Call("spin", []);

        calls.Should().Be(2);
        outcome.Trap.Should().Be(0);
        var error = outcome.TakeError()!;
        error.Message.Should().Contain("over budget");
        error.Frames.Should().ContainSingle();
    }

    [Fact]
    public void Fuel_AfterACall_IsConsumedByTheInstructionsExecuted()
    {
        using var guest = new RawInstance(Loop, config => ConfigApi.SetConsumeFuel(config, enabled: true));
        StoreApi.SetFuel(guest.Context, 100_000).Should().Be(0);

        guest.Call("count", new ValRaw[] { new() { I32 = 1000 } }).Succeeded.Should().BeTrue();

        ulong left = 0;
        StoreApi.GetFuel(guest.Context, &left).Should().Be(0);
        left.Should().BeInRange(90_000, 98_000);
    }

    [Fact]
    public void Fuel_WhenItRunsOut_IsATrap()
    {
        using var guest = new RawInstance(Loop, config => ConfigApi.SetConsumeFuel(config, enabled: true));
        StoreApi.SetFuel(guest.Context, 100_000).Should().Be(0);

        guest.Call("spin", []).TakeTrap()!.Code.Should().Be(TrapCode.OutOfFuel);
    }

    [Fact]
    public void SetFuel_OnAnEngineThatDoesNotCount_IsAnError()
    {
        using var guest = new RawInstance(Loop);

        WasmtimeError.Take(StoreApi.SetFuel(guest.Context, 1))!.Message.Should().Contain("fuel");
    }

    private static void UseEpochs(ConfigHandle config) => ConfigApi.SetEpochInterruption(config, enabled: true);

    [UnmanagedCallersOnly]
    private static nint ExtendOnceThenEnd(nint context, nint data, ulong* delta, byte* kind)
    {
        if (++*(int*)data == 1)
        {
            // Zero ticks further is exceeded again at the next check.
            *delta = 0;
            return 0;
        }

        fixed (byte* message = "over budget\0"u8)
            return ErrorApi.New(message);
    }
}
