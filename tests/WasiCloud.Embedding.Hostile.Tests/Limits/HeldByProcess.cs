namespace WasiCloud.Embedding.Hostile.Tests.Limits;

/// <summary>What the process holds, after garbage was collected.</summary>
/// <param name="Managed">Bytes of objects that are alive.</param>
/// <param name="Descriptors">Entries of <c>/proc/self/fd</c>.</param>
/// <param name="Threads">Entries of <c>/proc/self/task</c>.</param>
internal sealed record HeldByProcess(long Managed, int Descriptors, int Threads)
{
    public static HeldByProcess Take()
    {
        for (var round = 0; round < 2; round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return new(
            GC.GetTotalMemory(forceFullCollection: true),
            Directory.GetFileSystemEntries("/proc/self/fd").Length,
            Directory.GetDirectories("/proc/self/task").Length);
    }
}
