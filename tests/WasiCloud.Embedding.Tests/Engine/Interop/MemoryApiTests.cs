using FluentAssertions;
using WasiCloud.Embedding.Engine.Interop;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Interop;

public sealed unsafe class MemoryApiTests
{
    private const string Greeting = """
        (module
          (memory (export "memory") 1 4)
          (data (i32.const 1024) "hello")
          (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
          (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
        """;

    [Fact]
    public void Data_OfAnExportedMemory_IsSharedWithTheGuest()
    {
        using var guest = new RawInstance(Greeting);
        var memory = guest.Memory();
        var bytes = new Span<byte>(MemoryApi.Data(guest.Context, in memory), (int)MemoryApi.DataSize(guest.Context, in memory));

        bytes.Slice(1024, 5).ToArray().Should().Equal("hello"u8.ToArray());
        bytes[1025] = 99;
        var values = new ValRaw[] { new() { I32 = 1025 } };
        guest.Call("load", values).Succeeded.Should().BeTrue();

        values[0].I32.Should().Be(99);
    }

    [Fact]
    public void Grow_WithinTheMaximum_ReturnsThePreviousPages()
    {
        using var guest = new RawInstance(Greeting);
        var memory = guest.Memory();

        ulong previous = 77;
        WasmtimeError.Take(MemoryApi.Grow(guest.Context, in memory, 2, &previous)).Should().BeNull();

        previous.Should().Be(1);
        MemoryApi.Size(guest.Context, in memory).Should().Be(3);
        MemoryApi.DataSize(guest.Context, in memory).Should().Be(3 * 65536);
    }

    [Fact]
    public void Grow_BeyondTheStoresLimit_IsAnErrorForTheHostAndMinusOneForTheGuest()
    {
        using var guest = new RawInstance(Greeting, prepareStore: store => StoreApi.SetLimits(store, 2 * 65536, -1, -1, -1, -1));
        var memory = guest.Memory();

        ulong previous = 0;
        WasmtimeError.Take(MemoryApi.Grow(guest.Context, in memory, 2, &previous)).Should().NotBeNull();
        var values = new ValRaw[] { new() { I32 = 2 } };
        guest.Call("grow", values).Succeeded.Should().BeTrue();

        values[0].I32.Should().Be(-1);
        MemoryApi.Size(guest.Context, in memory).Should().Be(1);
    }
}
