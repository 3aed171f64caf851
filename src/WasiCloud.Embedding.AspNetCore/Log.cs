using Microsoft.Extensions.Logging;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>Every message this library logs.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "Guest {Module} failed; the client got {Status}. Its standard error: {StandardError}")]
    public static partial void GuestFailed(ILogger logger, string module, int status, string standardError, Exception exception);

    [LoggerMessage(2, LogLevel.Error, "Guest {Module} failed after its response had begun; the connection was aborted. Its standard error: {StandardError}")]
    public static partial void GuestFailedMidway(ILogger logger, string module, string standardError, Exception exception);

    [LoggerMessage(3, LogLevel.Error, "Guest {Module} failed after its response was complete. Its standard error: {StandardError}")]
    public static partial void GuestFailedAfterwards(ILogger logger, string module, string standardError, Exception exception);

    [LoggerMessage(4, LogLevel.Error, "Guest {Module} answered with a field that the server cannot send; the client got 502.")]
    public static partial void ResponseRefused(ILogger logger, string module, Exception exception);

    [LoggerMessage(5, LogLevel.Debug, "The client of guest {Module} went away.")]
    public static partial void ClientGone(ILogger logger, string module, Exception exception);

    [LoggerMessage(6, LogLevel.Debug, "The request to guest {Module} is malformed or too large: {Status}.")]
    public static partial void BadRequest(ILogger logger, string module, int status, Exception? exception);

    [LoggerMessage(7, LogLevel.Error, "Guest {Module} failed; its connection was closed. Its standard error: {StandardError}")]
    public static partial void ConnectionFailed(ILogger logger, string module, string standardError, Exception exception);

    [LoggerMessage(8, LogLevel.Debug, "Guest {Module} was ended with its connection.")]
    public static partial void ConnectionEnded(ILogger logger, string module, Exception exception);

    [LoggerMessage(9, LogLevel.Warning, "There are {MaxConnections} connections already; another one was refused.")]
    public static partial void ConnectionRefused(ILogger logger, int maxConnections);

    [LoggerMessage(10, LogLevel.Warning, "A connection was refused, for which guest {Module} had no room: {Reason}")]
    public static partial void ConnectionWithoutRoom(ILogger logger, string module, string reason);

    [LoggerMessage(11, LogLevel.Warning, "A request to guest {Module} was refused; the client got {Status}: {Reason}")]
    public static partial void RequestRefused(ILogger logger, string module, int status, string reason);

    [LoggerMessage(12, LogLevel.Debug, "A WebSocket was refused, which a page of a site that is not in AllowedOrigins wanted to open.")]
    public static partial void OriginRefused(ILogger logger);
}
