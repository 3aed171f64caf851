using FluentAssertions;
using WasiCloud.Embedding.Engine.Interop;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Interop;

public sealed unsafe class WasmtimeErrorTests
{
    [Fact]
    public void Take_OfZero_IsNull()
    {
        WasmtimeError.Take(0).Should().BeNull();
        WasmTrap.Take(0).Should().BeNull();
    }

    [Fact]
    public void Take_OfAnError_HasItsMessage()
    {
        fixed (byte* message = "over budget\0"u8)
            WasmtimeError.Take(ErrorApi.New(message))!.Message.Should().Be("over budget");
    }

    [Fact]
    public void Assemble_OfBadText_ThrowsWithThePosition()
    {
        var assemble = () => TextFormatApi.Assemble("(module (func"u8);

        assemble.Should().Throw<FormatException>().WithMessage("*1:*");
    }
}
