namespace WasiCloud.Embedding.Hosting.Daemons;

/// <summary>Checks the ranges that <see cref="GuestDaemonOptions"/> documents.</summary>
internal sealed class DaemonOptionsValidator : OptionsValidator<GuestDaemonOptions>
{
    private const int Most = 1_000_000;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public static DaemonOptionsValidator Instance { get; } = new();

    protected override void Check(GuestDaemonOptions options, OptionProblems problems)
    {
        problems.Require(options.Interface is GuestInterface.Socket or GuestInterface.Files, options.Interface, "must be Socket or Files");
        problems.Range(options.MaxTenants, 1, Most);
        problems.Timer(options.TenantIdleTimeout);
        problems.Require(options.MaxTenants is null || options.Tenant is null, options.Tenant, "must not be set: there is a guest for each tenant");
        problems.Timer(options.Lifetime);
        problems.Defined(options.Restart);
        problems.Range(options.MinRestartDelay, TimeSpan.Zero, Day);
        problems.Range(options.MaxRestartDelay, options.MinRestartDelay, Day);
        problems.Range(options.MaxRestarts, 0, Most);
        problems.Timer(options.RestartWindow);
        problems.Range(options.GracePeriod, TimeSpan.Zero, Day);
        problems.TimerOrInfinite(options.RequestTimeout);
        problems.TimerOrInfinite(options.MaxCpuTime);
        problems.Range(options.MaxConcurrentRequests, 1, Most);
    }
}
