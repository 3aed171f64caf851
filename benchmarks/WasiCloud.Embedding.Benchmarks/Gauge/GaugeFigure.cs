using System.Globalization;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>One line of the gauge.</summary>
/// <param name="Name">The figure's name, with its unit at the end.</param>
/// <param name="Value">The value; <see langword="null"/> if it could not be measured.</param>
/// <param name="Unit">The unit, or why there is no value.</param>
internal sealed record GaugeFigure(string Name, double? Value, string Unit)
{
    public override string ToString() => Value is { } value
        ? string.Create(CultureInfo.InvariantCulture, $"{Name} {Format(value)} {Unit}")
        : $"{Name} skipped: {Unit}";

    private static string Format(double value) => value.ToString(value >= 1000 ? "F0" : value >= 100 ? "F1" : "F2", CultureInfo.InvariantCulture);
}
