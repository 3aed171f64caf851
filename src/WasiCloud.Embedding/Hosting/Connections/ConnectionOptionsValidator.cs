namespace WasiCloud.Embedding.Hosting.Connections;

/// <summary>Checks what a connection is served with.</summary>
internal static class ConnectionOptionsValidator
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(24);

    /// <exception cref="ArgumentException">An option is out of its range, or the request is not one of a connection.</exception>
    public static void Validate(GuestConnection connection)
    {
        var options = connection.Options;
        Check(options.MaxMessageBytes is > 0 and <= 1 << 30, nameof(options.MaxMessageBytes), options.MaxMessageBytes, "must be 1 to 1 GiB");
        Check(options.MessageTypes is > GuestMessageTypes.None and <= (GuestMessageTypes.Text | GuestMessageTypes.Binary), nameof(options.MessageTypes), options.MessageTypes, "must be text, binary or both");
        Check(options.SendTimeout > TimeSpan.Zero && options.SendTimeout <= LongestTimer, nameof(options.SendTimeout), options.SendTimeout, "must be more than 0 and at most 24 days");
        Check(options.Lifetime is null || (options.Lifetime > TimeSpan.Zero && options.Lifetime <= LongestTimer), nameof(options.Lifetime), options.Lifetime, "must be more than 0 and at most 24 days");
        Check(options.GracePeriod >= TimeSpan.Zero && options.GracePeriod <= Day, nameof(options.GracePeriod), options.GracePeriod, "must be 0 to 1 day");
        Check(options.CloseTimeout >= TimeSpan.Zero && options.CloseTimeout <= Day, nameof(options.CloseTimeout), options.CloseTimeout, "must be 0 to 1 day");
        Check(connection.Request.Interface == GuestInterface.Files, nameof(connection.Request.Interface), connection.Request.Interface, "must be Files");
        Check(connection.Request.Body is null, nameof(connection.Request.Body), connection.Request.Body, "must be null");
    }

    private static void Check(bool isRight, string option, object? value, string rule)
    {
        if (!isRight) throw new ArgumentException($"{option} is {value}; it {rule}.", nameof(option));
    }
}
