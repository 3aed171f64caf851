namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>Bytes through a guest.</summary>
internal sealed class StreamFigures : IGaugeFigures
{
    public async IAsyncEnumerable<GaugeFigure> MeasureAsync(GuestExecution execution)
    {
        var streaming = new StreamingBenchmarks { Execution = execution };
        await streaming.SetupAsync();
        var time = await Sampling.MedianAsync(1, _ => streaming.StreamAsync());
        await streaming.CleanupAsync();
        yield return new GaugeFigure("stream-gbs", StreamingBenchmarks.Bytes / 1e9 / time.TotalSeconds, "GB/s");
    }
}
