using System.IO.Pipelines;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Nodes;
using WasiCloud.Embedding.Pipes;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.Nodes;

public sealed class PipeReaderHandleTests
{
    // Segments of 16 bytes, so that a few bytes span several of them.
    private readonly Pipe _pipe =
        new(new PipeOptions(minimumSegmentSize: 16, pauseWriterThreshold: 64, resumeWriterThreshold: 32, useSynchronizationContext: false));
    private readonly byte[] _buffer = new byte[8];

    [Fact]
    public async Task TryRead_NothingHeld_RunsNoReaderCode()
    {
        var reader = new GuardedReader(_pipe.Reader);
        await WriteAsync("abc");
        var handle = new PipeReaderHandle(new PipeWindow(reader));

        HandleCalls.TryRead(handle, _buffer, out _).Should().BeFalse();

        reader.Calls.Should().Be(0);
    }

    [Fact]
    public async Task TryRead_BytesHeld_ServesThemWithoutReaderCode()
    {
        var reader = new GuardedReader(_pipe.Reader);
        await WriteAsync("abcdef");
        var handle = new PipeReaderHandle(new PipeWindow(reader));
        await handle.ReadAsync(_buffer.AsMemory(0, 2), 0, CancellationToken.None);
        var calls = reader.Calls;

        HandleCalls.TryRead(handle, new byte[2], out var result).Should().BeTrue();

        result.Should().Be((FsResult<int>)2);
        reader.Calls.Should().Be(calls);
    }

    [Fact]
    public async Task TryRead_WouldTakeTheLastBytes_DeclinesSoThatTheWriterIsResumed()
    {
        await WriteAsync("abcd");
        var handle = Handle();
        await handle.ReadAsync(_buffer.AsMemory(0, 2), 0, CancellationToken.None);

        HandleCalls.TryRead(handle, _buffer, out _).Should().BeFalse();

        (await handle.ReadAsync(_buffer, 0, CancellationToken.None)).Value.Should().Be(2);
        Text(2).Should().Be("cd");
    }

    [Fact]
    public async Task TryRead_WriterCompleted_ServesEverythingAndTheEnd()
    {
        await WriteAsync("abcdef");
        await _pipe.Writer.CompleteAsync();
        var handle = Handle();
        await handle.ReadAsync(_buffer.AsMemory(0, 1), 0, CancellationToken.None);

        HandleCalls.TryRead(handle, _buffer, out var rest).Should().BeTrue();
        HandleCalls.TryRead(handle, _buffer, out var end).Should().BeTrue();

        rest.Value.Should().Be(5);
        end.Should().Be((FsResult<int>)0);
    }

    [Fact]
    public async Task TryRead_SeveralVectorsAndSegments_ScattersInOrder()
    {
        await WriteAsync("0123456789abcdefghijklmnopqrstuvwxyz");
        await _pipe.Writer.CompleteAsync();
        var handle = Handle();
        await handle.ReadAsync(_buffer.AsMemory(0, 1), 0, CancellationToken.None);
        var destination = new byte[40];

        HandleCalls.TryRead(handle, destination, out var result, 3, 0, 20, 17).Should().BeTrue();

        result.Value.Should().Be(35);
        Encoding.ASCII.GetString(destination, 0, 35).Should().Be("123456789abcdefghijklmnopqrstuvwxyz");
    }

    [Fact]
    public async Task ReadAsync_WriterIsPaused_ResumesItOnceItsBytesAreTaken()
    {
        var flush = WriteAsync(new string('x', 64)).AsTask();
        var handle = Handle();

        flush.IsCompleted.Should().BeFalse();
        await handle.ReadAsync(new byte[64], 0, CancellationToken.None);

        await flush.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task ReadAsync_HugeStream_WriterIsNeverFarAhead()
    {
        const int Total = 64 << 20;
        var produced = 0L;
        var pump = Task.Run(async () =>
        {
            var chunk = new byte[1 << 10];
            for (; produced < Total; Interlocked.Add(ref produced, chunk.Length)) await _pipe.Writer.WriteAsync(chunk);
            await _pipe.Writer.CompleteAsync();
        });
        var handle = Handle();
        var consumed = 0L;
        var buffer = new byte[64 << 10];
        while (true)
        {
            var count = await HandleCalls.ReadAsync(handle, buffer);
            if (count.Value == 0) break;
            consumed += count.Value;
            (Interlocked.Read(ref produced) - consumed).Should().BeLessThanOrEqualTo(64 + (2 << 10));
        }

        await pump;
        consumed.Should().Be(Total);
    }

    public static TheoryData<Exception> BrokenConnections => new()
    {
        new IOException("reset"),
        new OperationCanceledException("aborted"),
        new TaskCanceledException(),
    };

    [Theory]
    [MemberData(nameof(BrokenConnections))]
    public async Task ReadAsync_ConnectionBroken_IsConnReset(Exception failure)
    {
        var handle = new PipeReaderHandle(new PipeWindow(new GuardedReader(_pipe.Reader) { Failure = failure }));

        (await handle.ReadAsync(_buffer, 0, CancellationToken.None)).Error.Should().Be(Errno.ConnReset);
        (await handle.PollAsync(FileReadiness.Read, CancellationToken.None)).Value.Should().Be(FileReadiness.Read);
    }

    [Fact]
    public async Task ReadAsync_OtherFailure_Propagates()
    {
        var handle = new PipeReaderHandle(new PipeWindow(new GuardedReader(_pipe.Reader) { Failure = new InvalidDataException() }));

        await handle.Awaiting(h => h.ReadAsync(_buffer, 0, CancellationToken.None).AsTask()).Should().ThrowAsync<InvalidDataException>();
    }

    [Fact]
    public async Task ReadAsync_Cancelled_ThrowsAndLosesNothing()
    {
        var handle = Handle();
        using var source = new CancellationTokenSource();
        var read = handle.ReadAsync(_buffer, 0, source.Token).AsTask();
        await source.CancelAsync();

        await read.Awaiting(r => r).Should().ThrowAsync<OperationCanceledException>();
        await WriteAsync("abc");
        (await handle.ReadAsync(_buffer, 0, CancellationToken.None)).Value.Should().Be(3);
    }

    [Fact]
    public async Task PollAsync_Cancelled_LosesNothing()
    {
        var handle = Handle();
        using var source = new CancellationTokenSource();
        var poll = handle.PollAsync(FileReadiness.Read, source.Token).AsTask();
        await source.CancelAsync();

        await poll.Awaiting(p => p).Should().ThrowAsync<OperationCanceledException>();
        await WriteAsync("abc");
        (await handle.PollAsync(FileReadiness.Read, CancellationToken.None)).Value.Should().Be(FileReadiness.Read);
        handle.TryPoll(FileReadiness.Read, out var readiness).Should().BeTrue();
        readiness.Value.Should().Be(FileReadiness.Read);
        (await handle.ReadAsync(_buffer, 0, CancellationToken.None)).Value.Should().Be(3);
    }

    [Fact]
    public void TryPoll_NothingHeld_DoesNotKnow() => Handle().TryPoll(FileReadiness.Read, out _).Should().BeFalse();

    [Fact]
    public async Task ReadAsync_SomebodyCancelsThePendingRead_GoesOn()
    {
        var handle = Handle();
        var read = handle.ReadAsync(_buffer, 0, CancellationToken.None).AsTask();
        _pipe.Reader.CancelPendingRead();
        await WriteAsync("abc");

        (await read).Value.Should().Be(3);
    }

    [Fact]
    public async Task CloseAsync_BytesNotTaken_LeavesThemInThePipe()
    {
        await WriteAsync("abcdef");
        var handle = Handle();
        await handle.ReadAsync(_buffer.AsMemory(0, 2), 0, CancellationToken.None);

        await handle.CloseAsync(CloseReason.Closed, CancellationToken.None);

        var rest = await _pipe.Reader.ReadAsync();
        Encoding.ASCII.GetString(rest.Buffer).Should().Be("cdef");
    }

    [Fact]
    public async Task ReadAsync_LengthReached_EndsThereWithoutAskingTheReader()
    {
        await WriteAsync("abcdef");
        var handle = new PipeReaderHandle(new PipeWindow(_pipe.Reader, length: 4));

        (await handle.ReadAsync(_buffer, 0, CancellationToken.None)).Value.Should().Be(4);
        HandleCalls.TryRead(handle, _buffer, out var end).Should().BeTrue();

        end.Should().Be((FsResult<int>)0);
    }

    [Fact]
    public async Task ReadAsync_EndsBeforeLength_IsConnReset()
    {
        await WriteAsync("abc");
        await _pipe.Writer.CompleteAsync();
        var handle = new PipeReaderHandle(new PipeWindow(_pipe.Reader, length: 4));

        (await handle.ReadAsync(_buffer, 0, CancellationToken.None)).Value.Should().Be(3);
        (await handle.ReadAsync(_buffer, 0, CancellationToken.None)).Error.Should().Be(Errno.ConnReset);
    }

    [Fact]
    public async Task Read_Head_ComesFirstAndIsReady()
    {
        var handle = new PipeReaderHandle(new PipeWindow(_pipe.Reader), "head"u8.ToArray());
        handle.TryPoll(FileReadiness.Read, out var readiness).Should().BeTrue();
        readiness.Value.Should().Be(FileReadiness.Read);
        await WriteAsync("body");
        await _pipe.Writer.CompleteAsync();

        (await HandleCalls.ReadTextAsync(handle, bufferBytes: 3)).Should().Be("headbody");
    }

    [Fact]
    public void CanSeek_Stream_IsFalse() => Handle().CanSeek.Should().BeFalse();

    private PipeReaderHandle Handle() => new(new PipeWindow(_pipe.Reader));

    private string Text(int count) => Encoding.ASCII.GetString(_buffer, 0, count);

    private ValueTask<FlushResult> WriteAsync(string text) => _pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(text));
}
