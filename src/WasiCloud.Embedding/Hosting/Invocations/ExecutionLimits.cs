using System.Runtime.InteropServices;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Engine.Execution;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>What bounds a guest in one go: a command from start to end, or one call of an instance.</summary>
/// <param name="Timeout">How long it may take, waiting included.</param>
/// <param name="Fuel">What it may burn, if fuel is counted.</param>
/// <param name="CpuTime">How long it may compute, of a guest that lives long for each request or message.</param>
/// <param name="Waited">How much of its time has gone before it was made.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ExecutionLimits(TimeSpan Timeout, long Fuel, TimeSpan CpuTime, TimeSpan Waited = default)
{
    /// <summary>How much of its time a guest that starts now has.</summary>
    public TimeSpan Remaining => HaveEnd ? TimeSpan.FromTicks(Math.Max(0, (Timeout - Waited).Ticks)) : Timeout;

    /// <summary>When a guest that starts now is interrupted, in ticks of <see cref="Environment.TickCount64"/>.</summary>
    public long Deadline => HaveEnd ? Environment.TickCount64 + (long)Remaining.TotalMilliseconds + 1 : long.MaxValue;

    /// <summary>Whether the guest's time is limited. That of daemons, instances and guests of connections is not.</summary>
    public bool HaveEnd => Timeout != System.Threading.Timeout.InfiniteTimeSpan;

    /// <summary>The limits of a request.</summary>
    /// <exception cref="ArgumentException">One of them is not a limit.</exception>
    public static ExecutionLimits Of(InvocationRequest request, WasiCloudOptions options) =>
        new ExecutionLimits(options.ExecutionTimeout, options.MaxFuel ?? GuestStore.UnlimitedFuel, options.MaxCpuTime)
            .With(request.Timeout, request.Fuel, request.MaxCpuTime, options, nameof(request));

    /// <summary>These limits, or those of a policy where they are smaller. What lives long has its own time.</summary>
    public ExecutionLimits Within(GuestLimits? limits)
    {
        if (limits is null) return this;
        return this with
        {
            Timeout = HaveEnd ? Least(Timeout, limits.Time) : Timeout,
            Fuel = Math.Min(Fuel, limits.Fuel ?? long.MaxValue),
            CpuTime = Least(CpuTime, limits.CpuTime),
        };
    }

    /// <summary>These limits, except for those that are given.</summary>
    /// <exception cref="ArgumentException">One of them is not a limit.</exception>
    public ExecutionLimits With(TimeSpan? timeout, long? fuel, TimeSpan? cpuTime, WasiCloudOptions options, string parameter)
    {
        if (timeout is { } time && !OptionProblems.IsTimeout(time))
            throw new ArgumentOutOfRangeException(parameter, time, "Timeout must be more than 0 and at most 24 days, or Timeout.InfiniteTimeSpan.");
        if (cpuTime is { } computing && !OptionProblems.IsTimeout(computing))
            throw new ArgumentOutOfRangeException(parameter, computing, "MaxCpuTime must be more than 0 and at most 24 days, or Timeout.InfiniteTimeSpan.");
        if (fuel is < 0) throw new ArgumentOutOfRangeException(parameter, fuel, "Fuel must be 0 or more.");
        if (fuel is not null && options.MaxFuel is null)
            throw new ArgumentException($"Fuel is not counted: {nameof(WasiCloudOptions)}.{nameof(WasiCloudOptions.MaxFuel)} is not set.", parameter);
        return new ExecutionLimits(timeout ?? Timeout, fuel ?? Fuel, cpuTime ?? CpuTime);
    }

    private static TimeSpan Least(TimeSpan time, TimeSpan? limit) =>
        limit is { } most && (time == System.Threading.Timeout.InfiniteTimeSpan || most < time) ? most : time;
}
