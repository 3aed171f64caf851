using System.Globalization;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>What this process holds.</summary>
internal static class ProcessMemory
{
    /// <summary>The resident memory in bytes, after a collection: garbage is not what a guest takes.</summary>
    public static long Resident()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
    }
}
