using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Hosting;

/// <summary>Checks the ranges that <see cref="GuestModuleOptions"/> documents.</summary>
internal sealed class GuestModuleOptionsValidator : OptionsValidator<GuestModuleOptions>
{
    public static GuestModuleOptionsValidator Instance { get; } = new();

    protected override void Check(GuestModuleOptions options, OptionProblems problems)
    {
        problems.Range(options.MaxStackBytes, WasiCloudOptionsValidator.MinStackBytes, WasiCloudOptionsValidator.MaxStackBytes);
        problems.Range(options.MaxConcurrentInvocations, 1, WasiCloudOptionsValidator.MaxGuestsOfModule);
        if (options.Sha256 is { } pinned)
            problems.Require(ModuleChecksum.IsWellFormed(pinned), SafeText.Of(pinned), "must be 64 hexadecimal digits", nameof(options.Sha256));
    }
}
