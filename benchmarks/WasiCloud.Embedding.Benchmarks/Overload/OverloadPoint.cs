using System.Globalization;

namespace WasiCloud.Embedding.Benchmarks.Overload;

/// <summary>What came of what was asked, for each second.</summary>
/// <param name="Offered">What was asked.</param>
/// <param name="Good">What was answered while somebody waited for it.</param>
/// <param name="Refused">What was refused.</param>
/// <param name="Late">What its client gave up.</param>
internal sealed record OverloadPoint(double Offered, double Good, double Refused, double Late)
{
    /// <summary>A row of the table.</summary>
    public string Format(string name, double load, double best) => string.Create(
        CultureInfo.InvariantCulture, $"| {name} | {load:0.0} | {Offered:F0} | {Good:F0} | {Good / best:P0} | {Refused:F0} | {Late:F0} |");
}
