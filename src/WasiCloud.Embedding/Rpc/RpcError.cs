namespace WasiCloud.Embedding.Rpc;

/// <summary>Why a call has no response.</summary>
public enum RpcError
{
    /// <summary>
    /// A server needs a service that there is not. Guests read <c>ENOENT</c>. The application's own call of one is an <see cref="ArgumentException"/>.
    /// </summary>
    UnknownService,

    /// <summary>No server has seen the call: there is none, or too many calls wait for it. Guests read <c>ECONNREFUSED</c>. It can be tried again.</summary>
    Refused,

    /// <summary>The server ended, failed or closed the call without answering. Guests read <c>EIO</c>. What it did is not known.</summary>
    ServerFailed,

    /// <summary>The call's time was over. Guests read <c>ETIMEDOUT</c>. What the server did is not known.</summary>
    TimedOut,

    /// <summary>The request or the response is longer than is allowed. Guests that write it get <c>EMSGSIZE</c>.</summary>
    TooLarge,

    /// <summary>The server could not make sense of the request. Guests read <c>EINVAL</c>.</summary>
    BadRequest,

    /// <summary>The caller may not do this. Guests read <c>EACCES</c>.</summary>
    Denied,

    /// <summary>The caller has used what it may. Guests read <c>EDQUOT</c>.</summary>
    OverQuota,

    /// <summary>What the request needs is in use. Guests read <c>EBUSY</c>. It can be tried again.</summary>
    Busy,
}
