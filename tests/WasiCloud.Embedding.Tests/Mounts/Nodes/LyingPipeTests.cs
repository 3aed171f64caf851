using System.Buffers;
using System.IO.Pipelines;
using FluentAssertions;
using WasiCloud.Embedding.Mounts.Nodes;
using WasiCloud.Embedding.Pipes;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.Nodes;

/// <summary>Readers and writers of an application that do what none does: the guest is not kept for ever.</summary>
public sealed class LyingPipeTests
{
    [Fact]
    public async Task Read_OfAReaderThatGivesNothingAtOnce_EndsWithItsGuest()
    {
        using var end = new CancellationTokenSource();
        var reader = new EmptyReader(reads =>
        {
            if (reads == 1000) end.Cancel();
            if (reads == 1_000_000) throw new InvalidOperationException("It would go on for ever.");
        });
        var handle = new PipeReaderHandle(new PipeWindow(reader));

        await handle.Awaiting(it => it.ReadAsync(new byte[1], 0, end.Token).AsTask()).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Write_ToAWriterThatHasNoMemory_IsAnError()
    {
        var handle = new PipeWriterHandle(new PipeSink(new EmptyWriter(), maxWrite: 100, isOwn: false));

        await handle.Awaiting(it => it.WriteAsync(new ReadOnlySequence<byte>(new byte[1]), 0, default).AsTask())
            .Should().ThrowAsync<InvalidOperationException>().WithMessage("*no memory*");
    }

    private sealed class EmptyReader(Action<int> onRead) : PipeReader
    {
        private int _reads;

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            onRead(++_reads);
            return new(new ReadResult(default, isCanceled: false, isCompleted: false));
        }

        public override bool TryRead(out ReadResult result) => throw new NotSupportedException();

        public override void AdvanceTo(SequencePosition consumed)
        {
        }

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
        }

        public override void CancelPendingRead()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }

    private sealed class EmptyWriter : PipeWriter
    {
        public override Memory<byte> GetMemory(int sizeHint = 0) => default;

        public override Span<byte> GetSpan(int sizeHint = 0) => default;

        public override void Advance(int bytes)
        {
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => new(default(FlushResult));

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
