using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Guests;
using WasiCloud.Embedding.Tests.HostCalls;
using Xunit;

namespace WasiCloud.Embedding.Tests.Preview1;

public class ArgumentFunctionsTests
{
    [Theory]
    [InlineData("args_sizes_get", 3, 8)]
    [InlineData("environ_sizes_get", 1, 6)]
    public async Task SizesGet_Strings_CountsThemWithTheirNuls(string function, uint count, uint size)
    {
        await using var guest = NewGuest();
        var results = guest.Memory.Allocate(8);
        (await guest.CallAsync(function, results, results + 4)).Should().Be(Errno.Success);
        guest.Memory.U32(results).Should().Be(count);
        guest.Memory.U32(results + 4).Should().Be(size);
        guest.ShouldHaveChangedOnly((results, 8));
        guest.Trace.Lines.Should().Equal($"{function}({results}, {results + 4}) = success");
    }

    [Fact]
    public async Task ArgsGet_Strings_WritesPointersAndBytes()
    {
        await using var guest = NewGuest();
        var (pointers, buffer) = (guest.Memory.Allocate(12), guest.Memory.Allocate(8));
        (await guest.CallAsync("args_get", pointers, buffer)).Should().Be(Errno.Success);
        guest.Memory.Text(buffer, 8).Should().Be("a\0\0éxy\0");
        new[] { guest.Memory.U32(pointers), guest.Memory.U32(pointers + 4), guest.Memory.U32(pointers + 8) }.Should().Equal(buffer, buffer + 2, buffer + 3);
        guest.ShouldHaveChangedOnly((pointers, 12), (buffer, 8));
    }

    [Fact]
    public async Task EnvironGet_NoVariables_ChangesNothing()
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        (await guest.CallAsync("environ_get", NativeGuestMemory.Size, NativeGuestMemory.Size)).Should().Be(Errno.Success);
        guest.ShouldHaveChangedOnly();
    }

    [Fact]
    public void GuestStrings_WithNul_Throws() => FluentActions.Invoking(() => new GuestStrings(["a\0b"])).Should().Throw<ArgumentException>();

    private static AbiGuest NewGuest() => new(HalfMode.Synchronous, arguments: ["a", "", "éxy"], environment: ["A=1¢"]);
}
