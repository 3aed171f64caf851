namespace WasiCloud.Embedding.Rpc;

/// <summary>
/// A call has no response. A handler throws it, with <see cref="RpcError.BadRequest"/>, <see cref="RpcError.Denied"/>, <see cref="RpcError.OverQuota"/> or
/// <see cref="RpcError.Busy"/>, for a request that it refuses; a transport with any.
/// </summary>
public sealed class RpcException : Exception
{
    /// <summary>Creates an exception for a server that failed.</summary>
    public RpcException()
        : this(RpcError.ServerFailed)
    {
    }

    /// <summary>Creates an exception for a server that failed.</summary>
    /// <param name="message">What happened.</param>
    public RpcException(string message)
        : this(RpcError.ServerFailed, message)
    {
    }

    /// <summary>Creates an exception for a server that failed.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">The cause.</param>
    public RpcException(string message, Exception innerException)
        : base(message, innerException) => Error = RpcError.ServerFailed;

    /// <summary>Creates an exception.</summary>
    /// <param name="error">Why there is no response.</param>
    public RpcException(RpcError error)
        : this(error, $"The call has no response: {error}.")
    {
    }

    /// <summary>Creates an exception.</summary>
    /// <param name="error">Why there is no response.</param>
    /// <param name="message">What happened.</param>
    public RpcException(RpcError error, string message)
        : base(message) => Error = error;

    /// <summary>Why there is no response.</summary>
    public RpcError Error { get; }
}
