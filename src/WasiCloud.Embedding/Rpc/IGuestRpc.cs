using System.Buffers;

namespace WasiCloud.Embedding.Rpc;

/// <summary>Calls services, which guests or the application itself may serve, from the application. Thread-safe.</summary>
public interface IGuestRpc
{
    /// <summary>Calls a service and waits for the response. At most one server ever sees the call.</summary>
    /// <param name="service">The service's name.</param>
    /// <param name="request">The request; not used after the returned task has completed.</param>
    /// <param name="response">Takes the response, as a whole.</param>
    /// <param name="cancellationToken">Cancels the call: its server is told that nobody waits.</param>
    /// <returns>Completes when the response was written.</returns>
    /// <exception cref="ArgumentException">There is no such service.</exception>
    /// <exception cref="RpcException">There is no response.</exception>
    ValueTask CallAsync(string service, ReadOnlySequence<byte> request, IBufferWriter<byte> response, CancellationToken cancellationToken = default);

    /// <summary>
    /// Calls a service without waiting for anything: whether a server gets to see the request, and what it answers, is not known. Nor is whether one of another
    /// process refuses it.
    /// </summary>
    /// <param name="service">The service's name.</param>
    /// <param name="request">The request; not used after this returns.</param>
    /// <exception cref="ArgumentException">There is no such service.</exception>
    /// <exception cref="RpcException"><see cref="RpcError.Refused"/> or <see cref="RpcError.TooLarge"/>.</exception>
    void Send(string service, ReadOnlySequence<byte> request);

    /// <summary>
    /// Ends a service gracefully: further calls are refused, what waits is still served, and servers that wait for more get <c>ECANCELED</c>. For good.
    /// </summary>
    /// <param name="service">The service's name.</param>
    /// <exception cref="ArgumentException">There is no such service.</exception>
    void Stop(string service);

    /// <summary>
    /// The same for what a tenant has of each service: guests serve it whose policy says <c>tenant</c> (docs/authority.md), and functions of the application
    /// are told whose call it is. Costs nothing while nobody uses it. Stopping a service stops it for all tenants.
    /// </summary>
    /// <param name="tenant">The tenant, as of <see cref="InvocationRequest.Tenant"/>.</param>
    /// <returns>The tenant's services.</returns>
    /// <exception cref="ArgumentException">It is no tenant's name.</exception>
    IGuestRpc ForTenant(string tenant);
}
