namespace WasiCloud.Embedding.Hosting;

/// <summary>Checks the ranges that <see cref="GuestModuleOptions"/> documents.</summary>
internal sealed class GuestModuleOptionsValidator : OptionsValidator<GuestModuleOptions>
{
    public static GuestModuleOptionsValidator Instance { get; } = new();

    protected override void Check(GuestModuleOptions options, OptionProblems problems)
    {
        problems.Range(options.MaxStackBytes, WasiCloudOptionsValidator.MinStackBytes, WasiCloudOptionsValidator.MaxStackBytes);
        problems.Range(options.MaxConcurrentInvocations, 1, WasiCloudOptionsValidator.MaxGuestsOfModule);
    }
}
