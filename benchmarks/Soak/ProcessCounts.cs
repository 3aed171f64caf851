using System.Globalization;

namespace WasiCloud.Embedding.Soak;

/// <summary>What the process holds, after garbage was collected. Linux only.</summary>
/// <param name="Threads">Entries of <c>/proc/self/task</c>.</param>
/// <param name="Descriptors">Entries of <c>/proc/self/fd</c>.</param>
/// <param name="Mappings">Lines of <c>/proc/self/maps</c>.</param>
/// <param name="ResidentBytes">VmRSS.</param>
/// <param name="ManagedBytes">Objects that are alive.</param>
internal sealed record ProcessCounts(long Threads, long Descriptors, long Mappings, long ResidentBytes, long ManagedBytes)
{
    // The runtime's own come and go.
    private static readonly ProcessCounts Tolerance = new(32, 8, 200, 64 << 20, 4 << 20);

    public static async Task<ProcessCounts> TakeAsync()
    {
        for (var round = 0; round < 3; round++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        var status = await File.ReadAllLinesAsync("/proc/self/status");
        var resident = status.First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1];
        return new ProcessCounts(
            Directory.GetDirectories("/proc/self/task").Length,
            Directory.GetFileSystemEntries("/proc/self/fd").Length,
            (await File.ReadAllLinesAsync("/proc/self/maps")).Length,
            long.Parse(resident, CultureInfo.InvariantCulture) << 10,
            GC.GetTotalMemory(forceFullCollection: true));
    }

    /// <summary>Prints what has grown.</summary>
    /// <returns>Whether none of it is a leak.</returns>
    public bool Compare(ProcessCounts after)
    {
        (string Name, long Before, long After, long Tolerance)[] rows =
        [
            ("threads", Threads, after.Threads, Tolerance.Threads),
            ("file descriptors", Descriptors, after.Descriptors, Tolerance.Descriptors),
            ("memory mappings", Mappings, after.Mappings, Tolerance.Mappings),
            ("resident bytes", ResidentBytes, after.ResidentBytes, Tolerance.ResidentBytes),
            ("managed bytes", ManagedBytes, after.ManagedBytes, Tolerance.ManagedBytes),
        ];
        foreach (var (name, first, last, tolerance) in rows)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name}: {first:N0} before, {last:N0} after, tolerance {tolerance:N0}: {(last - first > tolerance ? "LEAK" : "ok")}"));
        }

        return Array.TrueForAll(rows, row => row.After - row.Before <= row.Tolerance);
    }
}
