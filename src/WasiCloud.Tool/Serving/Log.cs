using Microsoft.Extensions.Logging;

namespace WasiCloud.Tool.Serving;

/// <summary>Every message that the server logs.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "{Path} is served at {Route}")]
    public static partial void Loaded(ILogger logger, string path, string route);

    [LoggerMessage(2, LogLevel.Information, "{Path} changed and is served at {Route}; requests in flight finish on the old module")]
    public static partial void Reloaded(ILogger logger, string path, string route);

    [LoggerMessage(3, LogLevel.Information, "{Path} is gone; {Route} is served no more")]
    public static partial void Removed(ILogger logger, string path, string route);

    [LoggerMessage(4, LogLevel.Error, "{Path} cannot be loaded and is not served: {Problem}")]
    public static partial void NotLoaded(ILogger logger, string path, string problem);

    [LoggerMessage(5, LogLevel.Error, "{Path} cannot be loaded; the old module stays at {Route}: {Problem}")]
    public static partial void NotReloaded(ILogger logger, string path, string route, string problem);

    [LoggerMessage(6, LogLevel.Error, "{Folder} cannot be read; what is served stays as it is: {Problem}")]
    public static partial void NotScanned(ILogger logger, string folder, string problem);
}
