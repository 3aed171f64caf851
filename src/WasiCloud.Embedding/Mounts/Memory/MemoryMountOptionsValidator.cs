namespace WasiCloud.Embedding.Mounts.Memory;

/// <summary>Checks the ranges that <see cref="MemoryMountOptions"/> documents.</summary>
internal sealed class MemoryMountOptionsValidator : OptionsValidator<MemoryMountOptions>
{
    public static MemoryMountOptionsValidator Instance { get; } = new();

    protected override void Check(MemoryMountOptions options, OptionProblems problems)
    {
        problems.NotNegative(options.MaxBytes);
        problems.NotNegative(options.MaxNodes);
        problems.NotNegative(options.MaxFileBytes);
        problems.Range(options.MaxTenants, 1, int.MaxValue);
    }
}
