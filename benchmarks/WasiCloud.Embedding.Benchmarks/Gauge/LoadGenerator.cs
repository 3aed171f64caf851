using System.Diagnostics;
using System.Globalization;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>wrk, from Debian.</summary>
internal static class LoadGenerator
{
    private const string RateLine = "Requests/sec:";

    /// <summary>Requests an address for a time, on 32 connections.</summary>
    /// <returns>How often it was answered in a second.</returns>
    /// <exception cref="System.ComponentModel.Win32Exception">It is not installed.</exception>
    public static async Task<double> RequestAsync(string address, string time)
    {
        using var process = Process.Start(new ProcessStartInfo(
            "wrk", ["--threads", "1", "--connections", "32", "--duration", time, address])
        { UseShellExecute = false, RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (output.Contains("Non-2xx", StringComparison.Ordinal)) throw new InvalidOperationException(output);
        var rate = output.Split('\n').Single(line => line.StartsWith(RateLine, StringComparison.Ordinal));
        return double.Parse(rate.AsSpan(RateLine.Length), NumberStyles.Float, CultureInfo.InvariantCulture);
    }
}
