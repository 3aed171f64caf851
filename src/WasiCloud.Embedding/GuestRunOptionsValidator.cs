namespace WasiCloud.Embedding;

/// <summary>Checks the ranges that <see cref="GuestRunOptions"/> documents.</summary>
internal sealed class GuestRunOptionsValidator : OptionsValidator<GuestRunOptions>
{
    // Twice as many can be held.
    private const int MaxBytes = 512 << 20;

    public static GuestRunOptionsValidator Instance { get; } = new();

    protected override void Check(GuestRunOptions options, OptionProblems problems)
    {
        problems.Range(options.MaxStandardOutputBytes, 0, MaxBytes);
        problems.Range(options.MaxStandardErrorBytes, 0, MaxBytes);
    }
}
