using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Tests.Preview1;

public class ClockFunctionsTests
{
    [Fact]
    public async Task TimeGet_Realtime_IsTheTimeProviders()
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        (await TimeAsync(guest, 0)).Should().Be((Errno.Success, (ulong)(guest.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task TimeGet_OtherClocks_CountFromTheGuestsStart(uint clock)
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        guest.Time.Advance(TimeSpan.FromTicks(123));
        (await TimeAsync(guest, clock)).Should().Be((Errno.Success, 12_300UL));
    }

    [Theory]
    [InlineData("clock_time_get", 4)]
    [InlineData("clock_time_get", uint.MaxValue)]
    [InlineData("clock_res_get", 4)]
    public async Task Clock_Unknown_IsInval(string function, uint clock)
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        var result = guest.Memory.Allocate(8);
        ulong[] arguments = function == "clock_res_get" ? [clock, result] : [clock, 0, result];
        (await guest.CallAsync(function, arguments)).Should().Be(Errno.Inval);
        guest.ShouldHaveChangedOnly();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task ResolutionGet_EachClock_IsATick(uint clock)
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        var result = guest.Memory.Allocate(8);
        (await guest.CallAsync("clock_res_get", clock, result)).Should().Be(Errno.Success);
        guest.Memory.U64(result).Should().Be(100);
        guest.ShouldHaveChangedOnly((result, 8));
    }

    private static async Task<(Errno Error, ulong Time)> TimeAsync(AbiGuest guest, uint clock)
    {
        var result = guest.Memory.Allocate(8);
        var error = await guest.CallAsync("clock_time_get", clock, 1_000, result);
        guest.ShouldHaveChangedOnly((result, 8));
        guest.Trace.Lines.Should().ContainSingle().Which.Should().Be($"clock_time_get({clock}, 1000, {result}) = success");
        return (error, guest.Memory.U64(result));
    }
}
