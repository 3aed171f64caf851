using System.Buffers;
using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.Descriptors;

public class PendingTransferTests
{
    [Fact]
    public async Task Append_MountCannot_WritesAtTheSizeAndTellsAShortWrite()
    {
        var handle = new ScriptedHandle { Size = 10, MaxTransfer = 3 };
        var descriptor = Open(handle, DescriptorFlags.Append);
        (await descriptor.WriteAsync(Sequence(5), CancellationToken.None)).Should().Be((FsResult<long>)3L);
        handle.Offsets.Should().Equal(10);
        descriptor.Offset.Should().Be(13);
    }

    [Fact]
    public async Task Append_MountCan_MovesTheOffsetBehindIt()
    {
        var handle = new ScriptedHandle { Size = 10, Appends = true };
        var descriptor = Open(handle, DescriptorFlags.Append | DescriptorFlags.Sync);
        (await descriptor.WriteAsync(Sequence(5), CancellationToken.None)).Value.Should().Be(5);
        (descriptor.Offset, handle.Flushes).Should().Be((15, 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(6)]
    public async Task Write_CountThatCannotBe_Throws(int count)
    {
        var descriptor = Open(new ScriptedHandle { Claims = count }, DescriptorFlags.None);
        await FluentActions.Awaiting(() => descriptor.WriteAsync(Sequence(5), CancellationToken.None).AsTask())
            .Should().ThrowAsync<InvalidOperationException>();
        descriptor.Offset.Should().Be(0);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(6)]
    public async Task Read_CountThatCannotBe_Throws(int count)
    {
        var descriptor = Open(new ScriptedHandle { Claims = count }, DescriptorFlags.None);
        await FluentActions.Awaiting(() => descriptor.ReadAsync([new byte[5]], CancellationToken.None).AsTask())
            .Should().ThrowAsync<InvalidOperationException>();
    }

    [Fact]
    public async Task Read_SeveralBuffers_GoesOnUntilTheEnd()
    {
        var handle = new ScriptedHandle { Size = 7 };
        var descriptor = Open(handle, DescriptorFlags.None);
        (await descriptor.ReadAsync([new byte[3], Array.Empty<byte>(), new byte[3], new byte[3], new byte[3]], CancellationToken.None)).Value.Should().Be(7);
        handle.Offsets.Should().Equal(0, 3, 6);
        descriptor.Offset.Should().Be(7);
    }

    [Fact]
    public async Task Write_Sync_FlushesAndTellsWhyItCouldNot()
    {
        var handle = new ScriptedHandle { FlushError = Errno.NoSpc };
        var descriptor = Open(handle, DescriptorFlags.DataSync);
        (await descriptor.WriteAsync(Sequence(5), CancellationToken.None)).Error.Should().Be(Errno.NoSpc);
        handle.Flushes.Should().Be(1);
    }

    [Fact]
    public async Task Read_NonBlockingAndReadyAtOnce_Reads()
    {
        var descriptor = Open(new ScriptedHandle { Size = 5 }, DescriptorFlags.NonBlocking);
        (await descriptor.ReadAsync([new byte[5]], CancellationToken.None)).Value.Should().Be(5);
    }

    [Fact]
    public async Task Read_NonBlockingAndGuestEnded_Throws()
    {
        using var end = new CancellationTokenSource();
        var stream = new StreamHandle();
        stream.OnPoll = async (_, cancellationToken) =>
        {
            await end.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            return FileReadiness.Read;
        };
        var descriptor = Open(stream, DescriptorFlags.NonBlocking);
        await FluentActions.Awaiting(() => descriptor.ReadAsync([new byte[5]], end.Token).AsTask()).Should().ThrowAsync<OperationCanceledException>();
    }

    private static Descriptor Open(FileHandle handle, DescriptorFlags flags) =>
        new(new NodeReference(new StreamNode(), new MountTable([]).Root, 1, isOwned: false), handle, "/file", string.Empty) { Flags = flags };

    private static ReadOnlySequence<byte> Sequence(int length) => new(new byte[length]);

    private sealed class ScriptedHandle : FileHandle
    {
        public long Size { get; init; }

        public int MaxTransfer { get; init; } = int.MaxValue;

        public int? Claims { get; init; }

        public bool Appends { get; init; }

        public Errno FlushError { get; init; }

        public int Flushes { get; private set; }

        public List<long> Offsets { get; } = [];

        public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => new(new NodeAttributes((ulong)Size));

        public override ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
        {
            Offsets.Add(offset);
            return new(Claims ?? (int)Math.Clamp(Size - offset, 0, destination.Length));
        }

        public override ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
        {
            Offsets.Add(offset);
            return new(Claims ?? Math.Min(source.Length, MaxTransfer));
        }

        public override ValueTask<FsResult<long>> AppendAsync(ReadOnlySequence<byte> source, CancellationToken cancellationToken) =>
            new(Appends ? Size + source.Length : Errno.NotSup);

        public override ValueTask<Errno> FlushAsync(CancellationToken cancellationToken)
        {
            Flushes++;
            return new(FlushError);
        }
    }
}
