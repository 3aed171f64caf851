namespace WasiCloud.Embedding.AspNetCore;

/// <summary>Checks the ranges that <see cref="GuestStreamOptions"/> documents.</summary>
internal sealed class GuestStreamOptionsValidator : OptionsValidator<GuestStreamOptions>
{
    public static GuestStreamOptionsValidator Instance { get; } = new();

    protected override void Check(GuestStreamOptions options, OptionProblems problems) =>
        EndpointProblems.CheckConnection(options, problems);
}
