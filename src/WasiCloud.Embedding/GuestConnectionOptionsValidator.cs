namespace WasiCloud.Embedding;

/// <summary>Checks the ranges that <see cref="GuestConnectionOptions"/> documents.</summary>
internal sealed class GuestConnectionOptionsValidator : OptionsValidator<GuestConnectionOptions>
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public static GuestConnectionOptionsValidator Instance { get; } = new();

    protected override void Check(GuestConnectionOptions options, OptionProblems problems)
    {
        problems.Range(options.MaxMessageBytes, 1, 1 << 30);
        problems.Require(
            options.MessageTypes is > GuestMessageTypes.None and <= (GuestMessageTypes.Text | GuestMessageTypes.Binary),
            options.MessageTypes, "must be text, binary or both");
        problems.Timer(options.SendTimeout);
        problems.Timer(options.Lifetime);
        problems.TimerOrInfinite(options.MaxCpuTime);
        problems.Range(options.GracePeriod, TimeSpan.Zero, Day);
        problems.Range(options.LeaveTimeout, TimeSpan.Zero, Day);
        problems.Range(options.CloseTimeout, TimeSpan.Zero, Day);
    }
}
