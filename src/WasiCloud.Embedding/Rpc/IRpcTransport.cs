using System.Buffers;

namespace WasiCloud.Embedding.Rpc;

/// <summary>
/// Carries calls between processes. Registered as a service of the application, it is given every service below <c>/beta/rpc</c>. Thread-safe.
/// </summary>
/// <remarks>A call goes to another process only if this one has no server for it; at most one server, in whatever process, ever sees it.</remarks>
public interface IRpcTransport
{
    /// <summary>Whether a service is shared with other processes. Asked once, before anything else.</summary>
    /// <param name="service">The service's name.</param>
    bool Carries(string service);

    /// <summary>Begins to give the calls of other processes to this one's servers. Called once for each service that is shared, and whenever a guest
    /// begins to serve a tenant's part of one.</summary>
    /// <param name="service">The service. Its servers come and go.</param>
    void Attach(ISharedRpcService service);

    /// <summary>Ends to give calls: nobody in this process serves it any more. It may be attached again later. Default: nothing happens.</summary>
    /// <param name="service">A tenant's service that was attached, whose name is that of a service, a slash and the tenant's in an encoded form.</param>
    void Detach(ISharedRpcService service)
    {
    }

    /// <summary>Calls a service in another process.</summary>
    /// <param name="service">The service.</param>
    /// <param name="request">The request; not used after the returned task has completed.</param>
    /// <param name="response">Takes the response, not after the returned task has completed; <see langword="null"/> if nobody waits for one.</param>
    /// <param name="cancellationToken">Nobody waits any more, or the call's time is over: the server is told.</param>
    /// <returns>Completes when the response was written; without one, when the request waits for a server.</returns>
    /// <exception cref="RpcException"><see cref="RpcError.Refused"/> only if no server has seen the call; <see cref="RpcError.ServerFailed"/> if that is not
    /// known.</exception>
    ValueTask CallAsync(ISharedRpcService service, ReadOnlySequence<byte> request, IBufferWriter<byte>? response, CancellationToken cancellationToken);
}
