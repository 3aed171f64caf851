namespace WasiCloud.Embedding.Hosting.Daemons;

/// <summary>Checks a daemon's options.</summary>
internal static class DaemonOptionsValidator
{
    private const int Most = 1_000_000;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(24);

    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static void Validate(GuestDaemonOptions options)
    {
        Check(options.Interface is GuestInterface.Socket or GuestInterface.Files, nameof(options.Interface), options.Interface, "must be Socket or Files");
        Check(options.Lifetime is null || (options.Lifetime > TimeSpan.Zero && options.Lifetime <= LongestTimer), nameof(options.Lifetime), options.Lifetime,
            "must be more than 0 and at most 24 days");
        Check(Enum.IsDefined(options.Restart), nameof(options.Restart), options.Restart, "must be a restart policy");
        Check(IsWithin(options.MinRestartDelay, TimeSpan.Zero, Day), nameof(options.MinRestartDelay), options.MinRestartDelay, "must be 0 to 1 day");
        Check(IsWithin(options.MaxRestartDelay, options.MinRestartDelay, Day), nameof(options.MaxRestartDelay), options.MaxRestartDelay,
            "must be MinRestartDelay to 1 day");
        Check(options.MaxRestarts is >= 0 and <= Most, nameof(options.MaxRestarts), options.MaxRestarts, "must be 0 to 1,000,000");
        Check(options.RestartWindow > TimeSpan.Zero && options.RestartWindow <= LongestTimer, nameof(options.RestartWindow), options.RestartWindow,
            "must be more than 0 and at most 24 days");
        Check(IsWithin(options.GracePeriod, TimeSpan.Zero, Day), nameof(options.GracePeriod), options.GracePeriod, "must be 0 to 1 day");
        Check(WasiCloudOptionsValidator.IsTimeout(options.RequestTimeout), nameof(options.RequestTimeout), options.RequestTimeout,
            "must be more than 0 and at most 24 days, or infinite");
        Check(
            options.MaxCpuTime is not { } computing || WasiCloudOptionsValidator.IsTimeout(computing),
            nameof(options.MaxCpuTime), options.MaxCpuTime, "must be more than 0 and at most 24 days, or infinite");
        Check(options.MaxConcurrentRequests is > 0 and <= Most, nameof(options.MaxConcurrentRequests), options.MaxConcurrentRequests, "must be 1 to 1,000,000");
    }

    private static bool IsWithin(TimeSpan value, TimeSpan least, TimeSpan most) => value >= least && value <= most;

    private static void Check(bool isRight, string option, object? value, string rule)
    {
        if (!isRight) throw new ArgumentException($"{option} is {value}; it {rule}.", nameof(option));
    }
}
