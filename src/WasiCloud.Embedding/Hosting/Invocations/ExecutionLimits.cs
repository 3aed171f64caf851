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
            .With(request.Timeout, request.Fuel, request.MaxCpuTime, options, nameof(InvocationRequest), nameof(request));

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
    /// <param name="timeout">How long it may take.</param>
    /// <param name="fuel">What it may burn.</param>
    /// <param name="cpuTime">How long it may compute.</param>
    /// <param name="options">Those of the host, which say whether fuel is counted.</param>
    /// <param name="owner">The type whose properties they are, for the message.</param>
    /// <param name="parameter">The caller's parameter that they come from.</param>
    /// <exception cref="ArgumentException">One of them is not a limit; the message names all that are not.</exception>
    public ExecutionLimits With(TimeSpan? timeout, long? fuel, TimeSpan? cpuTime, WasiCloudOptions options, string owner, string parameter)
    {
        if (!IsTimeout(timeout) || !IsTimeout(cpuTime) || fuel < 0 || (fuel is not null && options.MaxFuel is null))
            throw new ArgumentException(Problems(timeout, fuel, cpuTime, options, owner), parameter);
        return new ExecutionLimits(timeout ?? Timeout, fuel ?? Fuel, cpuTime ?? CpuTime);
    }

    private static bool IsTimeout(TimeSpan? value) => value is not { } time || OptionProblems.IsTimeout(time);

    private static string Problems(TimeSpan? timeout, long? fuel, TimeSpan? cpuTime, WasiCloudOptions options, string owner)
    {
        var problems = new OptionProblems(owner);
        problems.TimerOrInfinite(timeout, nameof(InvocationRequest.Timeout));
        problems.TimerOrInfinite(cpuTime, nameof(InvocationRequest.MaxCpuTime));
        problems.NotNegative(fuel, nameof(InvocationRequest.Fuel));
        if (fuel is not null && options.MaxFuel is null)
            problems.Add(nameof(InvocationRequest.Fuel), $"is not counted: {nameof(WasiCloudOptions)}.{nameof(WasiCloudOptions.MaxFuel)} is not set.");
        return string.Join(' ', problems.All);
    }

    private static TimeSpan Least(TimeSpan time, TimeSpan? limit) =>
        limit is { } most && (time == System.Threading.Timeout.InfiniteTimeSpan || most < time) ? most : time;
}
