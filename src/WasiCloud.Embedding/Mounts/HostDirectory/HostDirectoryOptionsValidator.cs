namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>Checks the ranges that <see cref="HostDirectoryOptions"/> documents.</summary>
internal sealed class HostDirectoryOptionsValidator : OptionsValidator<HostDirectoryOptions>
{
    public static HostDirectoryOptionsValidator Instance { get; } = new();

    protected override void Check(HostDirectoryOptions options, OptionProblems problems)
    {
        problems.NotNegative(options.MaxBytes);
        problems.NotNegative(options.MaxNodes);
    }
}
