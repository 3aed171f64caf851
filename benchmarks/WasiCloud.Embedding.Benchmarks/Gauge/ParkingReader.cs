using System.IO.Pipelines;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>A body that tells when its guest waits for it.</summary>
internal sealed class ParkingReader(PipeReader body, CountdownEvent parked) : PipeReader
{
    private bool _isParked;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var reading = body.ReadAsync(cancellationToken);
        if (!_isParked) parked.Signal();
        _isParked = true;
        return reading;
    }

    public override bool TryRead(out ReadResult result) => body.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => body.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => body.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => body.CancelPendingRead();

    public override void Complete(Exception? exception = null) => body.Complete(exception);
}
