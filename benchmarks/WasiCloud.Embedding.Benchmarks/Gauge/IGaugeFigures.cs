namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>Figures that are measured together.</summary>
internal interface IGaugeFigures
{
    /// <summary>Measures.</summary>
    /// <param name="execution">What guests run on.</param>
    /// <returns>The figures, as they become known.</returns>
    IAsyncEnumerable<GaugeFigure> MeasureAsync(GuestExecution execution);
}
