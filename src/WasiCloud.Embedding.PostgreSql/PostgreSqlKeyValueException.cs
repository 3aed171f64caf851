using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.PostgreSql;

/// <summary>
/// PostgreSQL could not do its work, or not within <see cref="PostgreSqlKeyValueOptions.OperationTimeout"/>. The message names the operation and the host.
/// </summary>
/// <remarks>
/// After a failed commit it is not known whether it was applied, unless <see cref="SqlState"/> tells that the server refused it; it is applied at most once.
/// </remarks>
public sealed class PostgreSqlKeyValueException : KeyValueStoreException
{
    /// <summary>Creates the exception.</summary>
    public PostgreSqlKeyValueException()
        : this("PostgreSQL failed.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed.</param>
    public PostgreSqlKeyValueException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed.</param>
    /// <param name="innerException">The cause.</param>
    public PostgreSqlKeyValueException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>What was done: <c>get</c>, <c>list</c>, <c>commit</c> or <c>watch</c>.</summary>
    public string Operation { get; internal init; } = string.Empty;

    /// <summary>The server, as host and port.</summary>
    public string Host { get; internal init; } = string.Empty;

    /// <summary>The server's five-character error code, such as <c>53100</c> for a full disk; empty if the server itself reported nothing.</summary>
    public string SqlState { get; internal init; } = string.Empty;

    /// <summary>Whether it only took too long, so that trying again may succeed.</summary>
    internal bool IsTimeout { get; init; }
}
