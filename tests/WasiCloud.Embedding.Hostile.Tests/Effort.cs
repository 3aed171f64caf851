using System.Globalization;

namespace WasiCloud.Embedding.Hostile.Tests;

/// <summary>How much is tried. <c>WASICLOUD_HOSTILE_EFFORT</c> multiplies it; 1, the default, takes a few minutes on two cores.</summary>
internal static class Effort
{
    public const int Seed = 20261123;

    private static readonly double s_factor =
        Environment.GetEnvironmentVariable("WASICLOUD_HOSTILE_EFFORT") is { Length: > 0 } text ? double.Parse(text, CultureInfo.InvariantCulture) : 1;

    public static int Of(int count) => Math.Max(1, (int)(count * s_factor));
}
