using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Nodes;
using WasiCloud.Embedding.Pipes;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.Nodes;

public sealed class PipeWriterHandleTests
{
    private const int Buffer = 32;

    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: Buffer, resumeWriterThreshold: Buffer / 2, useSynchronizationContext: false));
    private readonly PipeSink _sink;
    private readonly PipeWriterHandle _handle;

    public PipeWriterHandleTests()
    {
        _sink = new PipeSink(_pipe.Writer, Buffer, isOwn: true);
        _handle = new PipeWriterHandle(_sink);
    }

    [Fact]
    public async Task TryWrite_SeveralVectors_GathersInOrder()
    {
        HandleCalls.TryWrite(_handle, "abcdef"u8, out var result, 1, 0, 3, 2).Should().BeTrue();

        result.Should().Be((FsResult<int>)6);
        Encoding.ASCII.GetString((await _pipe.Reader.ReadAsync()).Buffer).Should().Be("abcdef");
    }

    [Fact]
    public async Task TryWrite_PipeFull_AcceptsThenDeclinesUntilItIsRead()
    {
        HandleCalls.TryWrite(_handle, new byte[Buffer], out var first).Should().BeTrue();
        first.Value.Should().Be(Buffer);
        HandleCalls.TryWrite(_handle, new byte[1], out _).Should().BeFalse();
        Readiness().Should().Be(FileReadiness.None);
        var poll = _handle.PollAsync(FileReadiness.Write, CancellationToken.None).AsTask();
        poll.IsCompleted.Should().BeFalse();

        await DrainAsync();

        (await poll).Value.Should().Be(FileReadiness.Write);
        HandleCalls.TryWrite(_handle, new byte[1], out var second).Should().BeTrue();
        second.Value.Should().Be(1);
    }

    [Fact]
    public void TryWrite_MoreThanTheBuffer_AcceptsAPart()
    {
        HandleCalls.TryWrite(_handle, new byte[Buffer * 3], out var result, 10, 80, 6).Should().BeTrue();

        result.Value.Should().Be(Buffer);
    }

    [Fact]
    public async Task WriteAsync_MoreThanTheBuffer_AcceptsAPart() =>
        (await _handle.WriteAsync(new ReadOnlySequence<byte>(new byte[Buffer * 3]), 0, CancellationToken.None)).Value.Should().Be(Buffer);

    [Fact]
    public async Task WriteAsync_PipeFull_WaitsForTheReader()
    {
        HandleCalls.TryWrite(_handle, new byte[Buffer], out _);
        var write = WriteAsync("abc", CancellationToken.None);
        write.IsCompleted.Should().BeFalse();

        await DrainAsync();

        (await write).Value.Should().Be(3);
    }

    [Fact]
    public async Task WriteAsync_CancelledWhileFull_WritesNothingAndCanBeRepeated()
    {
        HandleCalls.TryWrite(_handle, new byte[Buffer], out _);
        using var source = new CancellationTokenSource();
        var write = WriteAsync("abc", source.Token);
        await source.CancelAsync();

        await write.Awaiting(w => w).Should().ThrowAsync<OperationCanceledException>();
        (await DrainAsync()).Should().Be(Buffer);
        (await WriteAsync("abc", CancellationToken.None)).Value.Should().Be(3);
    }

    [Fact]
    public void TryWrite_ReaderCompleted_IsPipe()
    {
        _pipe.Reader.Complete();

        HandleCalls.TryWrite(_handle, "x"u8, out var result).Should().BeTrue();

        result.Error.Should().Be(Errno.Pipe);
        Readiness().Should().Be(FileReadiness.Write | FileReadiness.HangUp);
    }

    [Fact]
    public async Task WriteAsync_ReaderCompletesWhileItWaits_IsPipe()
    {
        HandleCalls.TryWrite(_handle, new byte[Buffer], out _);
        var write = WriteAsync("abc", CancellationToken.None);

        await _pipe.Reader.CompleteAsync();

        (await write).Error.Should().Be(Errno.Pipe);
    }

    [Fact]
    public async Task WriteAsync_AbandonedWhileItWaits_IsPipe()
    {
        HandleCalls.TryWrite(_handle, new byte[Buffer], out _);
        var write = WriteAsync("abc", CancellationToken.None);

        _sink.Abandon();

        (await write).Error.Should().Be(Errno.Pipe);
        HandleCalls.TryWrite(_handle, "x"u8, out var later).Should().BeTrue();
        later.Error.Should().Be(Errno.Pipe);
    }

    [Fact]
    public async Task TryWrite_ApplicationsWriter_IsLeftToTheWaitingHalf()
    {
        var handle = new PipeWriterHandle(new PipeSink(_pipe.Writer, Buffer, isOwn: false));

        HandleCalls.TryWrite(handle, "abc"u8, out _).Should().BeFalse();
        _pipe.Reader.TryRead(out _).Should().BeFalse();

        (await handle.WriteAsync(new ReadOnlySequence<byte>("abc"u8.ToArray()), 0, CancellationToken.None)).Value.Should().Be(3);
        (await DrainAsync()).Should().Be(3);
    }

    [Fact]
    public async Task WriteAsync_ApplicationsStreamFails_IsPipe()
    {
        var handle = new PipeWriterHandle(new PipeSink(PipeWriter.Create(new FailingStream()), Buffer, isOwn: false));

        (await handle.WriteAsync(new ReadOnlySequence<byte>(new byte[1]), 0, CancellationToken.None)).Error.Should().Be(Errno.Pipe);
    }

    [Fact]
    public async Task CloseAsync_FlushPending_WaitsUntilItIsDone()
    {
        HandleCalls.TryWrite(_handle, new byte[Buffer], out _);
        var close = _handle.CloseAsync(CloseReason.Closed, CancellationToken.None).AsTask();
        close.IsCompleted.Should().BeFalse();

        await DrainAsync();

        (await close).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task ReadAsync_WriteOnlyHandle_IsBadF() => (await _handle.ReadAsync(new byte[1], 0, CancellationToken.None)).Error.Should().Be(Errno.BadF);

    private Task<FsResult<long>> WriteAsync(string text, CancellationToken cancellationToken) =>
        _handle.WriteAsync(new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(text)), 0, cancellationToken).AsTask();

    private FileReadiness Readiness()
    {
        _handle.TryPoll(FileReadiness.Write, out var readiness).Should().BeTrue();
        return readiness.Value;
    }

    private async Task<long> DrainAsync()
    {
        var result = await _pipe.Reader.ReadAsync();
        var length = result.Buffer.Length;
        _pipe.Reader.AdvanceTo(result.Buffer.End);
        return length;
    }

    private sealed class FailingStream : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromException(new IOException("gone"));
    }
}
