using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Redis;

/// <summary>Redis could not do its work: it could not be reached in time, or refused. The message names the operation and the server.</summary>
public sealed class RedisKeyValueException : KeyValueStoreException
{
    /// <summary>Creates the exception.</summary>
    public RedisKeyValueException()
        : this("Redis failed.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed.</param>
    public RedisKeyValueException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed.</param>
    /// <param name="innerException">The cause.</param>
    public RedisKeyValueException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal RedisKeyValueException(string operation, string endpoint, string text, Exception? innerException = null)
        : base($"Redis at {endpoint}, {operation}: {ForeignText.Of(text)}", ForeignText.Cause(innerException))
    {
        (Operation, Endpoint) = (operation, endpoint);
    }

    /// <summary>What was being done: <c>connect</c>, <c>get</c>, <c>list</c>, <c>commit</c>, <c>watch</c> or <c>expire</c>.</summary>
    public string Operation { get; } = string.Empty;

    /// <summary>The configured servers, as host and port, separated by commas.</summary>
    public string Endpoint { get; } = string.Empty;
}
