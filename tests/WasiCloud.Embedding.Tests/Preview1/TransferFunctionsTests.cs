using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Tests.HostCalls;
using Xunit;

namespace WasiCloud.Embedding.Tests.Preview1;

public class TransferFunctionsTests
{
    private const Rights ReadWrite = Rights.FdRead | Rights.FdWrite;

    [Theory, BothHalves]
    public async Task Write_Vectors_GathersAndTraces(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        var file = await guest.OpenAsync("file", OpenFlags.Create, ReadWrite);
        guest.Memory.Reuse();
        var text = guest.Put("abcdef");
        var vectors = guest.PutVectors((text + 3, 3), (0, 0), (text, 2), (text, 1));
        var result = guest.Memory.Allocate(4);
        (await guest.CallAsync("fd_write", file, vectors, 4, result)).Should().Be(Errno.Success);
        guest.Memory.U32(result).Should().Be(6);
        guest.ShouldHaveChangedOnly((result, 4));
        guest.Trace.Lines[^1].Should().Be($"fd_write({file}, {vectors}, 4, {result}) = success");
        await guest.SeekAsync(file, 0, 0);
        (await guest.ReadAsync(file)).Should().Be((Errno.Success, "defaba"));
    }

    [Theory, BothHalves]
    public async Task Read_OverlappingVectorsAndResult_LastWriteWins(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file", "abcdefgh");
        var file = await guest.OpenAsync("file");
        guest.Memory.Reuse();
        var buffer = guest.Memory.Allocate(16);
        var vectors = guest.PutVectors((buffer, 4), (buffer + 2, 4));
        (await guest.CallAsync("fd_read", file, vectors, 2, buffer + 4)).Should().Be(Errno.Success);
        guest.Memory.Text(buffer, 4).Should().Be("abef");
        guest.Memory.U32(buffer + 4).Should().Be(8);
        guest.ShouldHaveChangedOnly((buffer, 8));
    }

    [Theory, BothHalves]
    public async Task Read_ShorterThanTheVectors_TouchesNothingBehindTheEnd(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file", "abc");
        var file = await guest.OpenAsync("file");
        guest.Memory.Reuse();
        var buffer = guest.Memory.Allocate(16);
        var (vectors, result) = (guest.PutVectors((buffer, 2), (buffer + 2, 6), (buffer + 8, 8)), guest.Memory.Allocate(4));
        (await guest.CallAsync("fd_read", file, vectors, 3, result)).Should().Be(Errno.Success);
        guest.Memory.U32(result).Should().Be(3);
        guest.ShouldHaveChangedOnly((buffer, 3), (result, 4));
    }

    [Theory]
    [InlineData(HalfMode.Synchronous, false, TransferSize.MaxBytes)]
    [InlineData(HalfMode.Suspending, false, TransferSize.MaxBytes)]
    [InlineData(HalfMode.Synchronous, true, TransferSize.PieceBytes)]
    [InlineData(HalfMode.Suspending, true, TransferSize.PieceBytes)]
    public async Task Write_ManyVectorsOverTheSameBytes_IsShort(HalfMode mode, bool appends, int most)
    {
        await using var guest = new AbiGuest(mode);
        var file = await guest.OpenAsync("file", OpenFlags.Create, ReadWrite, appends ? DescriptorFlags.Append : 0);
        guest.Memory.Reuse();
        var vectors = guest.PutVectors([.. Enumerable.Repeat((0u, NativeGuestMemory.Size), 1024)]);
        var result = guest.Memory.Allocate(4);
        (await guest.CallAsync("fd_write", file, vectors, 1024, result)).Should().Be(Errno.Success);
        guest.Memory.U32(result).Should().Be((uint)most, "64 MiB are too much for one call");
        await guest.SeekAsync(file, 0, 0);
        guest.Memory.Reuse();
        vectors = guest.PutVectors([.. Enumerable.Repeat((32_768u, 32_768u), 1024)]);
        result = guest.Memory.Allocate(4);
        (await guest.CallAsync("fd_read", file, vectors, 1024, result)).Should().Be(Errno.Success);
        guest.Memory.U32(result).Should().Be((uint)most);
    }

    [Theory, BothHalves]
    public async Task PreadAndPwrite_Offset_LeaveTheDescriptors(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        var file = await guest.OpenAsync("file", OpenFlags.Create, ReadWrite);
        await guest.WriteAsync(file, "0123");
        guest.Memory.Reuse();
        var buffer = guest.Put("xy");
        var (vectors, result) = (guest.PutVectors((buffer, 2)), guest.Memory.Allocate(4));
        (await guest.CallAsync("fd_pwrite", file, vectors, 1, 6, result)).Should().Be(Errno.Success);
        (await guest.CallAsync("fd_pread", file, vectors, 1, 3, result)).Should().Be(Errno.Success);
        guest.Memory.Text(buffer, 2).Should().Be("3\0");
        guest.ShouldHaveChangedOnly((buffer, 2), (result, 4));
        (await guest.CallAsync("fd_pread", file, vectors, 1, ulong.MaxValue, result)).Should().Be(Errno.Inval);
        (await guest.CallAsync("fd_pwrite", file, vectors, 1, long.MaxValue, result)).Should().Be(Errno.FBig);
        (await guest.SeekAsync(file, 0, 1)).Offset.Should().Be(4);
        (await guest.ReadAsync(file)).Should().Be((Errno.Success, "\0\0xy"));
    }

    [Theory, BothHalves]
    public async Task Append_AfterSeek_WritesAtTheEnd(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file", "abc");
        var file = await guest.OpenAsync("file", 0, ReadWrite, DescriptorFlags.Append | DescriptorFlags.Sync);
        (await guest.WriteAsync(file, "d")).Should().Be((Errno.Success, 1U));
        await guest.SeekAsync(file, 0, 0);
        (await guest.WriteAsync(file, "e")).Should().Be((Errno.Success, 1U));
        (await guest.SeekAsync(file, 0, 1)).Offset.Should().Be(5);
        (await guest.CallAsync("fd_fdstat_set_flags", file, 0)).Should().Be(Errno.Success);
        await guest.SeekAsync(file, 0, 0);
        await guest.WriteAsync(file, "X");
        await guest.SeekAsync(file, 0, 0);
        (await guest.ReadAsync(file)).Should().Be((Errno.Success, "Xbcde"));
    }

    [Theory, BothHalves]
    public async Task Pwrite_Append_WritesWhereItSays(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file", "abc");
        var file = await guest.OpenAsync("file", 0, ReadWrite, DescriptorFlags.Append);
        guest.Memory.Reuse();
        var (vectors, result) = (guest.PutVectors((guest.Put("X"), 1)), guest.Memory.Allocate(4));
        (await guest.CallAsync("fd_pwrite", file, vectors, 1, 0, result)).Should().Be(Errno.Success);
        (await guest.ReadAsync(file)).Should().Be((Errno.Success, "Xbc"));
    }

    [Theory, BothHalves]
    public async Task Transfer_NotOpenedForIt_IsBadFile(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file", "abc");
        (await guest.WriteAsync(await guest.OpenAsync("file"), "x")).Error.Should().Be(Errno.BadF);
        (await guest.ReadAsync(await guest.OpenAsync("file", rights: Rights.FdWrite))).Error.Should().Be(Errno.BadF);
        (await guest.ReadAsync(AbiGuest.Root)).Error.Should().Be(Errno.IsDir);
        (await guest.WriteAsync(AbiGuest.Root, "x")).Error.Should().Be(Errno.BadF);
        (await guest.WriteAsync(77, "x")).Error.Should().Be(Errno.BadF);
    }

    [Theory, BothHalves]
    public async Task Transfer_NothingToMove_Succeeds(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        var file = await guest.OpenAsync("file", OpenFlags.Create, ReadWrite);
        guest.Memory.Reuse();
        var (vectors, result) = (guest.PutVectors((NativeGuestMemory.Size, 0), (5, 0)), guest.Memory.Allocate(4));
        foreach (var function in new[] { "fd_read", "fd_write" })
        {
            (await guest.CallAsync(function, file, vectors, 2, result)).Should().Be(Errno.Success);
            (await guest.CallAsync(function, file, NativeGuestMemory.Size, 0, result)).Should().Be(Errno.Success);
            guest.Memory.U32(result).Should().Be(0);
        }
    }

    [Theory, BothHalves]
    public async Task Transfer_ManyVectors_UpTo1024(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        var file = await guest.OpenAsync("file", OpenFlags.Create, ReadWrite);
        guest.Memory.Reuse();
        var text = guest.Put("ab");
        var vectors = guest.PutVectors([.. Enumerable.Range(0, 1025).Select(index => (text + (uint)(index % 2), 1U))]);
        var result = guest.Memory.Allocate(4);
        (await guest.CallAsync("fd_write", file, vectors, 1025, result)).Should().Be(Errno.Inval);
        (await guest.CallAsync("fd_write", file, vectors, 1024, result)).Should().Be(Errno.Success);
        guest.Memory.U32(result).Should().Be(1024);
        (await guest.StatusAsync(file)).Size.Should().Be(1024);
    }

    [Fact]
    public async Task Read_Stream_GivesWhatIsThere()
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        guest.Streams[0].Feed((byte)'h', (byte)'i');
        (await guest.ReadAsync(0)).Should().Be((Errno.Success, "hi"));
        var read = guest.ReadAsync(0);
        read.IsCompleted.Should().BeFalse();
        guest.Streams[0].Feed((byte)'!');
        (await read).Should().Be((Errno.Success, "!"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Read_NonBlockingStreamWithoutData_IsAgain(bool isKnown)
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        (await guest.CallAsync("fd_fdstat_set_flags", 0, (ulong)DescriptorFlags.NonBlocking)).Should().Be(Errno.Success);
        if (isKnown) guest.Streams[0].KnownReadiness = FileReadiness.None;
        (await guest.ReadAsync(0)).Error.Should().Be(Errno.Again);
        guest.WasSuspended.Should().Be(!isKnown);
        guest.Streams[0].PollsRunning.Should().Be(0);
        guest.Streams[0].KnownReadiness = isKnown ? FileReadiness.Read : null;
        guest.Streams[0].Feed((byte)'x');
        (await guest.ReadAsync(0)).Should().Be((Errno.Success, "x"));
    }

    [Fact]
    public async Task Write_ResultPointerOutside_WritesNothing()
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        var vectors = guest.PutVectors((guest.Put("x"), 1));
        (await guest.CallAsync("fd_write", 1, vectors, 1, NativeGuestMemory.Size - 3)).Should().Be(Errno.Fault);
        guest.Streams[1].Output.Should().BeEmpty();
        (await guest.CallAsync("fd_write", 1, vectors, 1, NativeGuestMemory.Size - 4)).Should().Be(Errno.Success);
        guest.Streams[1].Output.Should().Equal((byte)'x');
    }
}
