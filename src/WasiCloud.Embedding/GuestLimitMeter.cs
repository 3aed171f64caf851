using System.Diagnostics.Metrics;

namespace WasiCloud.Embedding;

/// <summary>Counts how often limits are hit, for meters of the process. Costs nothing while nobody listens. Thread-safe.</summary>
internal static class GuestLimitMeter
{
    /// <summary>The tag that says which limit.</summary>
    public const string Tag = "wasicloud.limit";

    private static readonly Meter s_meter = new("WasiCloud.Embedding");

    private static readonly Counter<long> s_hits = s_meter.CreateCounter<long>(
        "wasicloud.guest.limit_hits", "{hit}", "How often a limit ended a guest, kept one out or refused it something.");

    /// <summary>A limit was hit.</summary>
    public static void Count(GuestLimit limit)
    {
        if (s_hits.Enabled) s_hits.Add(1, new KeyValuePair<string, object?>(Tag, NameOf(limit)));
    }

    /// <summary>A limit's name in policies, or one like those if policies do not have it.</summary>
    public static string NameOf(GuestLimit limit) => limit switch
    {
        GuestLimit.Time => "time",
        GuestLimit.Memory => "memory",
        GuestLimit.Output => "output",
        GuestLimit.Descriptors => "descriptors",
        GuestLimit.Concurrency => "invocations",
        GuestLimit.Fuel => "fuel",
        GuestLimit.Queue => "queued-invocations",
        GuestLimit.Requests => "daemon-requests",
        GuestLimit.CpuTime => "cpu-time",
        GuestLimit.Computing => "computing-guests",
        GuestLimit.TenantConcurrency => "tenant-invocations",
        GuestLimit.TenantCalls => "tenant-calls-per-second",
        GuestLimit.DaemonTenants => "daemon-tenants",
        GuestLimit.TenantCpuTime => "tenant-cpu-time-per-second",
        GuestLimit.Stack => "stack",
        GuestLimit.LogBytes => "log-bytes",
        GuestLimit.LogLines => "log-lines",
        GuestLimit.TemporaryBytes => "temporary-bytes",
        GuestLimit.TemporaryFiles => "temporary-files",
        GuestLimit.StoredBytes => "tenant-stored-bytes",
        GuestLimit.StoredKeys => "tenant-stored-keys",
        GuestLimit.TenantOpenBytes => "tenant-open-bytes",
        GuestLimit.TenantLogBytes => "tenant-log-bytes-per-second",
        _ => throw new ArgumentOutOfRangeException(nameof(limit), limit, message: null),
    };
}
