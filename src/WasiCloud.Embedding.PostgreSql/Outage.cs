using Npgsql;

namespace WasiCloud.Embedding.PostgreSql;

/// <summary>Tells failures that pass by themselves from those that do not.</summary>
internal static class Outage
{
    /// <summary>
    /// Whether another attempt may succeed: the connection broke, the server is starting, stopping, full of connections or a standby, or transactions got in
    /// each other's way, or the server's clock is another than was thought.
    /// </summary>
    public static bool IsTransient(Exception exception) => exception switch
    {
        PostgreSqlKeyValueException => false,
        PostgresException { SqlState: var state } =>
            state.StartsWith("08", StringComparison.Ordinal)
            || state is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.TooManyConnections
                or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
                or PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.LockNotAvailable
                or CommitFunction.Late,
        NpgsqlException { InnerException: null or IOException or TimeoutException or System.Net.Sockets.SocketException } => true,
        IOException or TimeoutException or System.Net.Sockets.SocketException => true,
        _ => false,
    };

    /// <summary>Whether the connections that wait in the pool are probably broken as well.</summary>
    public static bool MayHaveBrokenOthers(Exception exception) =>
        exception is not PostgresException
        {
            SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable
                or CommitFunction.Late,
        };
}
