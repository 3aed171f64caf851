using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Tests.HostCalls;
using Xunit;

namespace WasiCloud.Embedding.Tests.Preview1;

public class ProcessFunctionsTests
{
    [Theory]
    [InlineData(0U, 0)]
    [InlineData(42U, 42)]
    [InlineData(uint.MaxValue, -1)]
    public async Task Exit_Code_EndsTheGuest(uint code, int expected)
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        await guest.CallAsync("proc_exit", code);
        guest.Outcome.Should().Be(HostCallOutcome.Exit(expected));
        guest.Trace.Lines.Should().Equal($"proc_exit({code}) = exit");
    }

    [Fact]
    public async Task Raise_Signal_IsNotSup()
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        (await guest.CallAsync("proc_raise", 9)).Should().Be(Errno.NotSup);
    }

    [Fact]
    public async Task Yield_Always_Succeeds()
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        (await guest.CallAsync("sched_yield")).Should().Be(Errno.Success);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1024)]
    [InlineData((int)NativeGuestMemory.Size - 64)]
    public async Task RandomGet_Length_FillsExactlyThat(int length)
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        (await guest.CallAsync("random_get", 32, (ulong)length)).Should().Be(Errno.Success);
        guest.ShouldHaveChangedOnly((32, (uint)length));
        guest.Memory.Changes().Count.Should().BeGreaterThanOrEqualTo(length * 9 / 10);
    }

    [Theory]
    [InlineData("sock_recv", 6)]
    [InlineData("sock_send", 5)]
    [InlineData("sock_shutdown", 2)]
    [InlineData("sock_accept", 3)]
    public async Task Socket_DescriptorThatIsNone_IsNotSock(string function, int parameters)
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        var arguments = new ulong[parameters];
        (await guest.CallAsync(function, arguments)).Should().Be(Errno.NotSock);
        arguments[0] = 9;
        (await guest.CallAsync(function, arguments)).Should().Be(Errno.BadF);
    }
}
