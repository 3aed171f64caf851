namespace WasiCloud.Embedding.AspNetCore;

/// <summary>Checks the ranges that <see cref="GuestWebSocketOptions"/> documents.</summary>
internal sealed class GuestWebSocketOptionsValidator : OptionsValidator<GuestWebSocketOptions>
{
    public static GuestWebSocketOptionsValidator Instance { get; } = new();

    protected override void Check(GuestWebSocketOptions options, OptionProblems problems)
    {
        EndpointProblems.CheckConnection(options, problems);
        problems.TimerOrInfinite(options.KeepAliveInterval);
        problems.TimerOrInfinite(options.KeepAliveTimeout);
    }
}
