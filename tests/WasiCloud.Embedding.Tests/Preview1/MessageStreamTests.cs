using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Tests.Preview1;

/// <summary>Streams of messages that are another's: what a guest writes or reads at once is not cut.</summary>
public sealed class MessageStreamTests : IAsyncTest
{
    private const int PieceBytes = 32 << 10;
    private const int Count = 80; // 2.5 MiB: more than a call moves of bytes.

    private readonly AbiGuest _guest = new(HalfMode.Suspending);

    [Theory]
    [InlineData(null, Errno.Success, 1 << 20)]
    [InlineData(Count * PieceBytes, Errno.Success, Count * PieceBytes)]
    [InlineData((Count * PieceBytes) - 1, Errno.MsgSize, 0)]
    [InlineData(0, Errno.MsgSize, 0)]
    public async Task Write_OfAMessage_IsWholeOrTooLong(int? most, Errno expected, int written)
    {
        _guest.Streams[1].MessageBytes = most;
        var (vectors, result) = (PutVectors(), _guest.Memory.Allocate(4));

        (await _guest.CallAsync("fd_write", 1, vectors, Count, result)).Should().Be(expected);

        _guest.Streams[1].Output.Should().HaveCount(written);
        if (expected == Errno.Success) _guest.Memory.U32(result).Should().Be((uint)written);
    }

    [Theory]
    [InlineData(null, 64 << 10)]
    [InlineData(200_000, 200_000)]
    public async Task Read_OfAMessage_IsWhole(int? most, int read)
    {
        _guest.Streams[0].MessageBytes = most;
        _guest.Streams[0].Feed(new byte[200_000]);
        var (vectors, result) = (PutVectors(), _guest.Memory.Allocate(4));

        (await _guest.CallAsync("fd_read", 0, vectors, Count, result)).Should().Be(Errno.Success);

        _guest.Memory.U32(result).Should().Be((uint)read);
    }

    public ValueTask DisposeAsync() => _guest.DisposeAsync();

    // All of them the same piece of memory: overlapping is allowed.
    private uint PutVectors()
    {
        var address = _guest.Memory.Allocate(PieceBytes);
        return _guest.PutVectors([.. Enumerable.Repeat((address, (uint)PieceBytes), Count)]);
    }
}
