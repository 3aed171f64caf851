using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>A body of many pieces of one byte.</summary>
/// <param name="pieces">How many.</param>
/// <param name="isLate">Whether each comes only after the reader has begun to wait for it, by way of the thread pool; otherwise it is there already.</param>
internal sealed class YieldingReader(int pieces, bool isLate) : PipeReader
{
    private static readonly ReadOnlySequence<byte> Piece = new(new byte[1]);

    private int _left = pieces;

    public override bool TryRead(out ReadResult result)
    {
        result = default;
        return false;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => isLate ? ReadLateAsync() : new(Next());

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

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> ReadLateAsync()
    {
        await Task.Yield();
        return Next();
    }

    private ReadResult Next() =>
        _left-- > 0 ? new ReadResult(Piece, isCanceled: false, isCompleted: false) : new ReadResult(default, isCanceled: false, isCompleted: true);
}
