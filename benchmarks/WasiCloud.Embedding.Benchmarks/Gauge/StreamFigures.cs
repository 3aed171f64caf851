namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>Bytes through a guest.</summary>
internal sealed class StreamFigures : IGaugeFigures
{
    // A second or two: before, it is the compiler that is measured, with which the guest shares two cores.
    private const int WarmUps = 16;

    public async IAsyncEnumerable<GaugeFigure> MeasureAsync(GuestExecution execution)
    {
        var streaming = new StreamingBenchmarks { Execution = execution };
        await streaming.SetupAsync();
        for (var run = 0; run < WarmUps; run++) await streaming.StreamAsync();
        var time = await Sampling.MedianAsync(1, _ => streaming.StreamAsync());
        await streaming.CleanupAsync();
        yield return new GaugeFigure("stream-gbs", StreamingBenchmarks.Bytes / 1e9 / time.TotalSeconds, "GB/s");
    }
}
