using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace WasiCloud.Embedding.Soak;

/// <summary>A body of short pieces of random bytes, each of which comes only after the guest has begun to wait for it, on another thread of the pool.</summary>
/// <param name="pieces">How many pieces.</param>
/// <param name="seed">What they are.</param>
internal sealed class LateBody(int pieces, int seed) : PipeReader
{
    private const int MaxPieceBytes = 16;

    private readonly Random _random = new(seed);
    private readonly byte[] _piece = new byte[MaxPieceBytes];
    private int _left = pieces;

    /// <summary>The checksum of what was handed out.</summary>
    public ulong Sum { get; private set; } = Checksum.Start;

    public override bool TryRead(out ReadResult result)
    {
        result = default;
        return false;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        if (_left-- <= 0) return new ReadResult(default, isCanceled: false, isCompleted: true);
        var piece = _piece.AsMemory(0, _random.Next(1, MaxPieceBytes + 1));
        _random.NextBytes(piece.Span);
        Sum = Checksum.Add(Sum, piece.Span);
        return new ReadResult(new ReadOnlySequence<byte>(piece), isCanceled: false, isCompleted: false);
    }

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
