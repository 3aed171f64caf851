using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.Preview1;

public class SeekFunctionsTests
{
    private const byte Set = 0;
    private const byte Current = 1;
    private const byte End = 2;

    [Theory, BothHalves]
    public async Task Seek_EachOrigin_MovesTheOffset(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file", "0123456789");
        var file = await guest.OpenAsync("file");
        (await guest.SeekAsync(file, 4, Set)).Should().Be((Errno.Success, 4UL));
        (await guest.SeekAsync(file, -1, Current)).Should().Be((Errno.Success, 3UL));
        (await guest.SeekAsync(file, -2, End)).Should().Be((Errno.Success, 8UL));
        (await guest.ReadAsync(file)).Should().Be((Errno.Success, "89"));
        (await guest.SeekAsync(file, 1000, Current)).Should().Be((Errno.Success, 1010UL));
        (await guest.ReadAsync(file)).Should().Be((Errno.Success, ""));
        (await TellAsync(guest, file)).Should().Be(1010);
    }

    [Theory, BothHalves]
    public async Task Seek_OutOfRange_LeavesTheOffset(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file", "0123456789");
        var file = await guest.OpenAsync("file");
        await guest.SeekAsync(file, 5, Set);
        (await guest.SeekAsync(file, -6, Current)).Error.Should().Be(Errno.Inval);
        (await guest.SeekAsync(file, -1, Set)).Error.Should().Be(Errno.Inval);
        (await guest.SeekAsync(file, long.MinValue, End)).Error.Should().Be(Errno.Inval);
        (await guest.SeekAsync(file, long.MaxValue, Current)).Error.Should().Be(Errno.Overflow);
        (await guest.SeekAsync(file, long.MaxValue, End)).Error.Should().Be(Errno.Overflow);
        (await guest.SeekAsync(file, 0, 3)).Error.Should().Be(Errno.Inval);
        (await TellAsync(guest, file)).Should().Be(5);
    }

    [Theory, BothHalves]
    public async Task Seek_Snapshot0_HasOtherNumbers(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file", "0123456789");
        var file = await guest.OpenAsync("file");
        guest.Module = Preview1Functions.Snapshot0Module;
        (await guest.SeekAsync(file, 4, whence: 2)).Should().Be((Errno.Success, 4UL));
        (await guest.SeekAsync(file, 1, whence: 0)).Should().Be((Errno.Success, 5UL));
        (await guest.SeekAsync(file, -3, whence: 1)).Should().Be((Errno.Success, 7UL));
        (await guest.SeekAsync(file, 0, whence: 3)).Error.Should().Be(Errno.Inval);
    }

    [Theory, BothHalves]
    public async Task Seek_DirectoryStreamOrNothing_Fails(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        (await guest.SeekAsync(AbiGuest.Root, 0, Current)).Error.Should().Be(Errno.BadF);
        (await guest.SeekAsync(0, 0, Current)).Error.Should().Be(Errno.SPipe);
        (await guest.SeekAsync(9, 0, Current)).Error.Should().Be(Errno.BadF);
        (await guest.CallAsync("fd_tell", AbiGuest.Root, 0)).Should().Be(Errno.BadF);
        (await guest.CallAsync("fd_tell", 0, 0)).Should().Be(Errno.SPipe);
    }

    [Theory, BothHalves]
    public async Task Transfer_AtTheLastOffset_DoesNotOverflow(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        var device = await guest.OpenAsync("dev/null", rights: Rights.FdRead | Rights.FdWrite);
        await guest.SeekAsync(device, long.MaxValue, Set);
        (await guest.WriteAsync(device, "x")).Error.Should().Be(Errno.FBig);
        (await guest.ReadAsync(device)).Error.Should().Be(Errno.Overflow);
        (await TellAsync(guest, device)).Should().Be(long.MaxValue);
    }

    private static async Task<ulong> TellAsync(AbiGuest guest, uint number)
    {
        guest.Memory.Reuse();
        var result = guest.Memory.Allocate(8);
        (await guest.CallAsync("fd_tell", number, result)).Should().Be(Errno.Success);
        guest.ShouldHaveChangedOnly((result, 8));
        return guest.Memory.U64(result);
    }
}
