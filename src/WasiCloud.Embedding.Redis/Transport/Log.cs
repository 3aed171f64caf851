using Microsoft.Extensions.Logging;

namespace WasiCloud.Embedding.Redis.Transport;

/// <summary>Every message the transport logs.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "The Redis server at {EndPoint}, which carries RPC and topics, does not answer: {Reason}")]
    public static partial void ServerLost(ILogger logger, string endPoint, string reason);

    [LoggerMessage(2, LogLevel.Information, "The Redis server at {EndPoint} answers again.")]
    public static partial void ServerFound(ILogger logger, string endPoint);

    [LoggerMessage(3, LogLevel.Error, "The response of service {Service} to call {Call} could not be sent: {Reason}")]
    public static partial void ResponseLost(ILogger logger, string service, string call, string reason);

    [LoggerMessage(5, LogLevel.Error, "Service {Service} failed to serve a call of another process.")]
    public static partial void ServiceFailed(ILogger logger, string service, Exception exception);

    [LoggerMessage(4, LogLevel.Warning, "Topic {Topic} lost {Count} messages before they came to this process.")]
    public static partial void MessagesLost(ILogger logger, string topic, long count);
}
