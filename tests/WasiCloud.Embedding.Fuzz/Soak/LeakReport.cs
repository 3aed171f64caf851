using System.Globalization;

namespace WasiCloud.Embedding.Fuzz.Soak;

/// <summary>Says what has grown, as a table, and whether that is a leak.</summary>
internal static class LeakReport
{
    /// <returns>Whether nothing has grown by more than its tolerance.</returns>
    public static async Task<bool> WriteAsync(TextWriter output, ProcessState before, ProcessState after)
    {
        // The runtime's own threads and descriptors come and go, bytes vary with the collector and the allocator. A leak of every hundredth invocation is far
        // beyond each tolerance of what is counted. What the compiler and malloc's arenas keep varies by 8 MB either way, with 500 modules as with 3,000 and
        // 20,000 invocations as with 60,000; a run of a million finds 17 bytes of each.
        (string Name, long Before, long After, long Tolerance)[] rows =
        [
            ("file descriptors", before.Descriptors, after.Descriptors, 8),
            ("threads", before.Threads, after.Threads, 32),
            ("memory mappings", before.Mappings, after.Mappings, 200),
            ("resident bytes", before.ResidentBytes, after.ResidentBytes, 64 << 20),
            ("private bytes", before.PrivateBytes, after.PrivateBytes, 64 << 20),
            ("managed bytes", before.ManagedBytes, after.ManagedBytes, 4 << 20),
            ("native bytes (malloc)", before.NativeBytes, after.NativeBytes, 16 << 20),
            ("nodes of the counting mount", before.MountNodes, after.MountNodes, 0),
            ("handles of the counting mount", before.MountHandles, after.MountHandles, 0),
            ("slots in use", FuzzHost.Slots - before.FreeSlots, FuzzHost.Slots - after.FreeSlots, 0),
        ];
        await output.WriteLineAsync("| | before | after | tolerance | |");
        await output.WriteLineAsync("| --- | ---: | ---: | ---: | --- |");
        foreach (var (name, first, last, tolerance) in rows)
        {
            var verdict = last - first > tolerance ? "LEAK" : "ok";
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"| {name} | {first:N0} | {last:N0} | {tolerance:N0} | {verdict} |"));
        }

        return Array.TrueForAll(rows, row => row.After - row.Before <= row.Tolerance);
    }
}
