namespace WasiCloud.Embedding;

/// <summary>The guest was ended by a limit, or failed because of one.</summary>
public sealed class GuestLimitException : GuestException
{
    internal GuestLimitException(GuestLimit limit, long value, Exception? innerException = null)
        : base(Describe(limit, value), innerException) => (Limit, Value) = (limit, value);

    /// <summary>Which limit.</summary>
    public GuestLimit Limit { get; }

    /// <summary>The limit's value, in the unit that <see cref="GuestLimit"/> tells.</summary>
    public long Value { get; }

    private static string Describe(GuestLimit limit, long value) => limit switch
    {
        GuestLimit.Time => FormattableString.Invariant($"The guest exceeded its time limit of {value} ms."),
        GuestLimit.CpuTime => FormattableString.Invariant($"The guest computed for longer than its limit of {value} ms."),
        GuestLimit.Memory => FormattableString.Invariant($"The guest exceeded its memory limit of {value} bytes."),
        GuestLimit.Output => FormattableString.Invariant($"The guest exceeded its output limit of {value} bytes."),
        GuestLimit.Descriptors => FormattableString.Invariant($"The guest exceeded its limit of {value} open descriptors."),
        GuestLimit.Concurrency => FormattableString.Invariant($"All {value} concurrent invocations that the module may have were in use for too long."),
        GuestLimit.Fuel => FormattableString.Invariant($"The guest exceeded its fuel of {value} units."),
        GuestLimit.Requests => FormattableString.Invariant($"The daemon has {value} requests already."),
        GuestLimit.Computing => FormattableString.Invariant($"All {value} places to compute were in use for too long."),
        GuestLimit.TenantConcurrency => FormattableString.Invariant($"All {value} concurrent invocations that the tenant may have were in use for too long."),
        GuestLimit.TenantCalls => FormattableString.Invariant($"The tenant has begun {value} invocations within a second already."),
        GuestLimit.DaemonTenants => FormattableString.Invariant($"The daemon has guests for {value} tenants already, and none of them is idle."),
        GuestLimit.Queue => FormattableString.Invariant($"{value} invocations wait already."),
        _ => FormattableString.Invariant($"The guest exceeded the limit {limit} of {value}."),
    };
}

/// <summary>The limits of a guest.</summary>
public enum GuestLimit
{
    /// <summary><see cref="WasiCloudOptions.ExecutionTimeout"/>, in milliseconds.</summary>
    Time,

    /// <summary><see cref="WasiCloudOptions.MaxMemoryBytes"/>.</summary>
    Memory,

    /// <summary><see cref="WasiCloudOptions.MaxResponseBytes"/>.</summary>
    Output,

    /// <summary><see cref="WasiCloudOptions.MaxDescriptors"/>.</summary>
    Descriptors,

    /// <summary>
    /// <see cref="WasiCloudOptions.MaxConcurrentInvocations"/>, or what the module may have of them (<see
    /// cref="WasiCloudOptions.MaxConcurrentInvocationsPerModule"/>).
    /// </summary>
    Concurrency,

    /// <summary><see cref="WasiCloudOptions.MaxFuel"/>.</summary>
    Fuel,

    /// <summary><see cref="WasiCloudOptions.MaxQueuedInvocations"/>.</summary>
    Queue,

    /// <summary><see cref="GuestDaemonOptions.MaxConcurrentRequests"/>.</summary>
    Requests,

    /// <summary><see cref="WasiCloudOptions.MaxCpuTime"/>, in milliseconds.</summary>
    CpuTime,

    /// <summary>
    /// <see cref="WasiCloudOptions.MaxComputingGuests"/>: a client whose guest found no place to begin within <see cref="WasiCloudOptions.QueueTimeout"/>.
    /// </summary>
    Computing,

    /// <summary><see cref="Authority.GuestLimits.TenantInvocations"/>.</summary>
    TenantConcurrency,

    /// <summary><see cref="Authority.GuestLimits.TenantCallsPerSecond"/>.</summary>
    TenantCalls,

    /// <summary><see cref="GuestDaemonOptions.MaxTenants"/>.</summary>
    DaemonTenants,
}
