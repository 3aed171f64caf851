namespace WasiCloud.Embedding.Hosting.Modules;

/// <summary>Checks the ranges that <see cref="GuestModuleStoreOptions"/> documents.</summary>
internal sealed class GuestModuleStoreOptionsValidator : OptionsValidator<GuestModuleStoreOptions>
{
    private const int MostModules = 1_000_000;

    private static readonly TimeSpan s_longest = TimeSpan.FromDays(24);

    public static GuestModuleStoreOptionsValidator Instance { get; } = new();

    protected override void Check(GuestModuleStoreOptions options, OptionProblems problems)
    {
        problems.Range(options.MaxCodeBytes, 1, long.MaxValue);
        problems.Range(options.MaxModules, 1, MostModules);
        problems.Range(options.MaxCodeBytesPerTenant, 1, long.MaxValue);
        problems.Range(options.MaxModulesPerTenant, 1, MostModules);
        problems.TimerOrInfinite(options.IdleTimeout);
        problems.TimerOrInfinite(options.CheckInterval);
        problems.Range(options.FailureRetention, TimeSpan.Zero, s_longest);
        problems.TimerOrInfinite(options.LoadTimeout);
        problems.Defined(options.Kind);
        problems.Require(options.ModuleOptions is not null, options.ModuleOptions, "must not be null");
    }
}
