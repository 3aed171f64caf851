using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace WasiCloud.Embedding.KeyValue.Locks;

/// <summary>Who put the entry of a lock: a random number, and which process on which machine, as far as Linux tells.</summary>
internal static class LockOwner
{
    private const int Lines = 5;

    // proc_pid_stat(5): the 22nd field, counted from the 3rd, which follows the name in parentheses.
    private const int StartTimeIndex = 22 - 3;

    private static readonly string Machine = ReadMachine();
    private static readonly string? OwnStartTime = ReadStartTime(Environment.ProcessId);

    /// <summary>Names this process, and this one lease of it.</summary>
    public static byte[] Create() => Create(Environment.ProcessId, OwnStartTime);

    /// <summary>Names a process of this machine.</summary>
    public static byte[] Create(int processId, string? startTime) =>
        Encoding.UTF8.GetBytes(FormattableString.Invariant($"{Guid.NewGuid():N}\n{Machine}\n{processId}\n{startTime}"));

    /// <summary>Whether the owner is certainly no more.</summary>
    public static bool IsGone(ReadOnlyMemory<byte>? owner)
    {
        if (owner is not { } bytes) return false;
        var lines = Encoding.UTF8.GetString(bytes.Span).Split('\n');
        if (lines.Length != Lines || lines[1].Length == 0 || !string.Equals(lines[1] + "\n" + lines[2], Machine, StringComparison.Ordinal)) return false;
        if (!int.TryParse(lines[3], NumberStyles.None, CultureInfo.InvariantCulture, out var processId) || lines[4].Length == 0) return false;
        return ReadStartTime(processId) is { } startTime ? !string.Equals(startTime, lines[4], StringComparison.Ordinal) : !Exists(processId);
    }

    // Process numbers mean something only within one start of one kernel and one name space; after its end that may be used for another, in which the process
    // is not.
    private static string ReadMachine()
    {
        try
        {
            return File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() + "\n" + new FileInfo("/proc/self/ns/pid").LinkTarget;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "\n";
        }
    }

    private static string? ReadStartTime(int processId)
    {
        try
        {
            var status = File.ReadAllText(FormattableString.Invariant($"/proc/{processId}/stat"));
            var fields = status[(status.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields.Length > StartTimeIndex ? fields[StartTimeIndex] : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // Asks the kernel, not /proc, which may hide the processes of other users.
    private static bool Exists(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
