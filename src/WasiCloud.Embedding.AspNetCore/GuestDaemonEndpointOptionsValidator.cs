namespace WasiCloud.Embedding.AspNetCore;

/// <summary>Checks the ranges that <see cref="GuestDaemonEndpointOptions"/> documents.</summary>
internal sealed class GuestDaemonEndpointOptionsValidator : OptionsValidator<GuestDaemonEndpointOptions>
{
    public static GuestDaemonEndpointOptionsValidator Instance { get; } = new();

    protected override void Check(GuestDaemonEndpointOptions options, OptionProblems problems) =>
        EndpointProblems.CheckHttp(options, problems);
}
