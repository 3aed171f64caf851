using System.Runtime.CompilerServices;
using FluentAssertions;
using WasiCloud.Embedding.Engine.Interop;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Interop;

public sealed class StructLayoutTests
{
    [Fact]
    public void Size_OfEachStruct_IsThatOfTheHeader()
    {
        Unsafe.SizeOf<ValRaw>().Should().Be(16);
        Unsafe.SizeOf<FunctionReference>().Should().Be(16);
        Unsafe.SizeOf<InstanceReference>().Should().Be(16);
        Unsafe.SizeOf<MemoryReference>().Should().Be(24);
        Unsafe.SizeOf<ExternItem>().Should().Be(32);
        Unsafe.SizeOf<NativeValueType>().Should().Be(32);
        Unsafe.SizeOf<ByteVector>().Should().Be(16);
        Unsafe.SizeOf<PointerVector>().Should().Be(16);
    }

    [Fact]
    public unsafe void ExternItem_WrittenByTheLibrary_StaysWithinItsSize()
    {
        using var guest = new RawInstance("""(module (memory (export "memory") 1))""");
        var items = stackalloc ExternItem[2];
        var bytes = new Span<byte>(items, 2 * sizeof(ExternItem));
        bytes.Fill(0xA5);

        fixed (byte* name = "memory"u8)
            InstanceApi.GetExport(guest.Context, in guest.Instance, name, 6, items).Should().BeTrue();

        bytes[sizeof(ExternItem)..].ToArray().Should().OnlyContain(value => value == 0xA5);
        bytes[8..sizeof(ExternItem)].ToArray().Should().Contain(value => value != 0xA5, "the union was written");
    }

    [Fact]
    public unsafe void NativeValueType_WrittenByTheLibrary_StaysWithinItsSize()
    {
        var types = stackalloc NativeValueType[2];
        var bytes = new Span<byte>(types, 2 * sizeof(NativeValueType));
        bytes.Fill(0xA5);
        var kinds = new[] { WasmValueKind.F64 };
        var function = FunctionTypeApi.Create(kinds, []);

        ValueTypeApi.Describe(FunctionTypeApi.Parameters(function)->Data[0], types);
        FunctionTypeApi.Delete(function);

        types[0].Kind.Should().Be(WasmValueKind.F64);
        bytes[sizeof(NativeValueType)..].ToArray().Should().OnlyContain(value => value == 0xA5);
    }
}
