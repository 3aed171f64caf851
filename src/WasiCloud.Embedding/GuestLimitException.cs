namespace WasiCloud.Embedding;

/// <summary>The guest was ended by a limit, or failed because of one.</summary>
public sealed class GuestLimitException : GuestException
{
    internal GuestLimitException(GuestLimit limit, long value, Exception? innerException = null)
        : base(Describe(limit, value), innerException)
    {
        (Limit, Value) = (limit, value);
        GuestLimitMeter.Count(limit);
    }

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
        GuestLimit.TenantCpuTime => FormattableString.Invariant($"The guests of the tenant have computed for {value} ms within a second."),
        GuestLimit.DaemonTenants => FormattableString.Invariant($"The daemon has guests for {value} tenants already, and none of them is idle."),
        GuestLimit.Queue => FormattableString.Invariant($"{value} invocations wait already."),
        _ => FormattableString.Invariant($"The guest exceeded the limit {limit} of {value}."),
    };
}
