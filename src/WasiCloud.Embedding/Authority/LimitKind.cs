namespace WasiCloud.Embedding.Authority;

/// <summary>What one limit of a policy is called, in which unit it is, and how it is read and set. Times are in milliseconds.</summary>
/// <param name="Name">Its name in texts.</param>
/// <param name="Unit">What it counts.</param>
/// <param name="Least">The least that it can be.</param>
/// <param name="Get">Reads it.</param>
/// <param name="With">Sets it.</param>
internal sealed record LimitKind(
    string Name, LimitUnit Unit, long Least, Func<GuestLimits, long?> Get, Func<GuestLimits, long, GuestLimits> With)
{
    /// <summary>All limits, in the order in which they are printed.</summary>
    public static IReadOnlyList<LimitKind> All { get; } =
    [
        new("time", LimitUnit.Time, 1, limits => Milliseconds(limits.Time), (limits, value) => limits with { Time = TimeSpan.FromMilliseconds(value) }),
        new("cpu-time", LimitUnit.Time, 1, limits => Milliseconds(limits.CpuTime),
            (limits, value) => limits with { CpuTime = TimeSpan.FromMilliseconds(value) }),
        new("fuel", LimitUnit.Count, 0, limits => limits.Fuel, (limits, value) => limits with { Fuel = value }),
        new("memory", LimitUnit.Bytes, 64 << 10, limits => limits.MemoryBytes, (limits, value) => limits with { MemoryBytes = value }),
        new("stack", LimitUnit.Bytes, 64 << 10, limits => limits.StackBytes, (limits, value) => limits with { StackBytes = value }),
        new("descriptors", LimitUnit.Count, 4, limits => limits.Descriptors, (limits, value) => limits with { Descriptors = value }),
        new("output", LimitUnit.Bytes, 0, limits => limits.OutputBytes, (limits, value) => limits with { OutputBytes = value }),
        new("log-bytes", LimitUnit.Bytes, 0, limits => limits.LogBytes, (limits, value) => limits with { LogBytes = value }),
        new("log-lines", LimitUnit.Count, 0, limits => limits.LogLines, (limits, value) => limits with { LogLines = value }),
        new("temporary-bytes", LimitUnit.Bytes, 0, limits => limits.TemporaryBytes, (limits, value) => limits with { TemporaryBytes = value }),
        new("temporary-files", LimitUnit.Count, 0, limits => limits.TemporaryFiles, (limits, value) => limits with { TemporaryFiles = value }),
        new("invocations", LimitUnit.Count, 1, limits => limits.Invocations, (limits, value) => limits with { Invocations = value }),
        new("tenant-invocations", LimitUnit.Count, 1, limits => limits.TenantInvocations, (limits, value) => limits with { TenantInvocations = value }),
        new("tenant-calls-per-second", LimitUnit.Count, 1, limits => limits.TenantCallsPerSecond,
            (limits, value) => limits with { TenantCallsPerSecond = value }),
        new("tenant-stored-bytes", LimitUnit.Bytes, 0, limits => limits.TenantStoredBytes, (limits, value) => limits with { TenantStoredBytes = value }),
        new("tenant-stored-keys", LimitUnit.Count, 0, limits => limits.TenantStoredKeys, (limits, value) => limits with { TenantStoredKeys = value }),
        new("tenant-open-bytes", LimitUnit.Bytes, 0, limits => limits.TenantOpenBytes, (limits, value) => limits with { TenantOpenBytes = value }),
        new("tenant-log-bytes-per-second", LimitUnit.Bytes, 0, limits => limits.TenantLogBytesPerSecond,
            (limits, value) => limits with { TenantLogBytesPerSecond = value }),
        new("tenant-cpu-time-per-second", LimitUnit.Time, 1, limits => Milliseconds(limits.TenantCpuTimePerSecond),
            (limits, value) => limits with { TenantCpuTimePerSecond = TimeSpan.FromMilliseconds(value) }),
    ];

    /// <summary>Finds a limit by its name.</summary>
    public static LimitKind? Find(string name) => All.FirstOrDefault(kind => string.Equals(kind.Name, name, StringComparison.Ordinal));

    // Of a part of a millisecond, nothing is lost to the guest.
    private static long? Milliseconds(TimeSpan? time) => time is { } given ? (long)Math.Ceiling(given.TotalMilliseconds) : null;
}
