using System.Globalization;
using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Fuzz.Soak;

/// <summary>What the process holds, after garbage was collected. Linux only.</summary>
/// <param name="Descriptors">Entries of <c>/proc/self/fd</c>.</param>
/// <param name="Threads">Entries of <c>/proc/self/task</c>.</param>
/// <param name="Mappings">Lines of <c>/proc/self/maps</c>.</param>
/// <param name="ResidentBytes">VmRSS.</param>
/// <param name="PrivateBytes">Private pages, clean and dirty.</param>
/// <param name="ManagedBytes">Objects that are alive.</param>
/// <param name="NativeBytes">What is allocated by <c>malloc</c>, Wasmtime's stores, instances and errors among it.</param>
/// <param name="MountNodes">Nodes of the counting mount that were not released.</param>
/// <param name="MountHandles">Handles of the counting mount that were not closed.</param>
/// <param name="FreeSlots">Invocations that can run at one time.</param>
internal sealed partial record ProcessState(
    int Descriptors, int Threads, int Mappings, long ResidentBytes, long PrivateBytes, long ManagedBytes, long NativeBytes, int MountNodes, int MountHandles,
    int FreeSlots)
{
    // malloc.h, M_ARENA_MAX.
    private const int ArenaMaximum = -8;

    public static async Task<ProcessState> TakeAsync(FuzzHost host, GuestModule waiting)
    {
        var slots = await host.CountFreeSlotsAsync(waiting);
        for (var round = 0; round < 3; round++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        var managed = GC.GetTotalMemory(forceFullCollection: true);
        return new ProcessState(
            Directory.GetFileSystemEntries("/proc/self/fd").Length,
            Directory.GetDirectories("/proc/self/task").Length,
            (await File.ReadAllLinesAsync("/proc/self/maps")).Length,
            Field("/proc/self/status", "VmRSS:"),
            Field("/proc/self/smaps_rollup", "Private_Clean:") + Field("/proc/self/smaps_rollup", "Private_Dirty:"),
            managed,
            (long)AllocationStatistics().Used,
            host.Ledger.Nodes,
            host.Ledger.Handles,
            slots);
    }

    private static long Field(string file, string name)
    {
        var line = File.ReadLines(file).First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(name.Length).Trim().TrimEnd("kB ").Trim(), CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>Makes all threads allocate from one arena, the only one of which <c>mallinfo2</c> tells. To be called first of all.</summary>
    public static void CountAllAllocations()
    {
        if (SetOption(ArenaMaximum, 1) != 1) throw new InvalidOperationException("mallopt failed.");
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);

    [LibraryImport("libc", EntryPoint = "mallinfo2")]
    private static partial MallocStatistics AllocationStatistics();

    // malloc.h, struct mallinfo2: ten size_t. In use are the eighth, and the fifth for blocks that have a mapping of their own.
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct MallocStatistics
    {
        private readonly nuint _arena;
        private readonly nuint _freeChunks;
        private readonly nuint _fastChunks;
        private readonly nuint _mappedBlocks;
        private readonly nuint _mappedBytes;
        private readonly nuint _maximum;
        private readonly nuint _fastBytes;
        private readonly nuint _usedBytes;
        private readonly nuint _freeBytes;
        private readonly nuint _releasableBytes;

        public nuint Used => _usedBytes + _mappedBytes;
    }
}
