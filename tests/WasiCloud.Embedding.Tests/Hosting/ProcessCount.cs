namespace WasiCloud.Embedding.Tests.Hosting;

/// <summary>What the whole process holds. 0 where it is not known (all but Linux).</summary>
internal static class ProcessCount
{
    public static int Descriptors => OperatingSystem.IsLinux() ? Directory.GetFileSystemEntries("/proc/self/fd").Length : 0;

    public static int Mappings => OperatingSystem.IsLinux() ? File.ReadLines("/proc/self/maps").Count() : 0;

    /// <summary>Threads that this library started, and those that inherited a name from one: the compiler's, which stay.</summary>
    public static int OwnThreads => CountThreads("WasiCloud ");

    public static int GuestThreads => CountThreads("WasiCloud guest");

    public static void Collect()
    {
        for (var round = 0; round < 3; round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    private static int CountThreads(string name) => OperatingSystem.IsLinux()
        ? Directory.GetDirectories("/proc/self/task").Count(thread => ReadName(thread).StartsWith(name, StringComparison.Ordinal))
        : 0;

    private static string ReadName(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "comm"));
        }
        catch (IOException)
        {
            // It has just ended.
            return string.Empty;
        }
    }
}
