using System.Globalization;
using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>What a process may be limited to, by Linux's calls, as in their manual pages (section 2).</summary>
internal static partial class ProcessLimits
{
    private const string Library = "libc";
    private const int DataResource = 2;
    private const int CoreResource = 4;
    private const int NoNewPrivileges = 38;
    private const int ThisProcess = 0;
    private const int PoliteNice = 10;
    private const string FirstToGo = "1000";

    /// <summary>
    /// Makes this process one that is of no use but for its answer: no dump of its memory when it crashes, the first to end when the machine has no memory
    /// left, behind others for the processors,
    /// unable to gain rights, and apart from the terminal's signals.
    /// </summary>
    public static void Confine()
    {
        SetLimit(CoreResource, 0, 0);
        File.WriteAllText("/proc/self/oom_score_adj", FirstToGo);
        Check(SetPriority(which: 0, ThisProcess, PoliteNice));
        Check(ProcessControl(NoNewPrivileges, 1, 0, 0, 0));

        // Fails if it leads a group already, and then it is as far from the terminal as whoever started it wanted.
        _ = CreateSession();
    }

    /// <summary>
    /// Bounds the memory that this process may write to and does not share, whatever asks for it; what lies behind the bound, an allocation fails
    /// (RLIMIT_DATA, Linux 4.7).
    /// </summary>
    /// <param name="now">The bound for now, in bytes above what the process has.</param>
    /// <param name="ever">The most that <see cref="RaiseMemory"/> can make of it.</param>
    public static void LimitMemory(long now, long ever)
    {
        var used = DataBytes();
        SetLimit(DataResource, used + now, used + ever);
    }

    /// <summary>Lifts the bound to the most that it may be.</summary>
    public static void RaiseMemory()
    {
        Check(GetLimit(DataResource, out var limit));
        SetLimit(DataResource, (long)limit.Most, (long)limit.Most);
    }

    private static long DataBytes()
    {
        const string Field = "VmData:";
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(Field, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(Field.Length).Trim().TrimEnd("kB").Trim(), NumberStyles.None, CultureInfo.InvariantCulture) << 10;
    }

    private static void SetLimit(int resource, long now, long most)
    {
        var limit = new Limit { Now = (nuint)now, Most = (nuint)most };
        Check(SetLimit(resource, in limit));
    }

    private static void Check(int result)
    {
        if (result == -1) throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }

    [LibraryImport(Library, EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, in Limit limit);

    [LibraryImport(Library, EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport(Library, EntryPoint = "setpriority", SetLastError = true)]
    private static partial int SetPriority(int which, int who, int nice);

    // Variadic in C; see FileApi.
    [LibraryImport(Library, EntryPoint = "prctl", SetLastError = true)]
    private static partial int ProcessControl(int option, nuint second, nuint third, nuint fourth, nuint fifth);

    [LibraryImport(Library, EntryPoint = "setsid", SetLastError = true)]
    private static partial int CreateSession();

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public nuint Now;
        public nuint Most;
    }
}
