namespace AspNetCoreSample;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "{Pattern} is served by guest {Guest}, loaded in {Milliseconds} ms")]
    public static partial void GuestLoaded(ILogger logger, string pattern, string guest, long milliseconds);
}
