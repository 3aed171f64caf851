using System.Buffers;

namespace WasiCloud.Embedding.Rpc;

/// <summary>What one tenant has of all services, for the application.</summary>
internal sealed class TenantRpc(RpcServices services, string tenant) : IGuestRpc
{
    public ValueTask CallAsync(
        string service, ReadOnlySequence<byte> request, IBufferWriter<byte> response, CancellationToken cancellationToken = default) =>
        services.CallAsync(service, tenant, request, response, cancellationToken);

    public void Send(string service, ReadOnlySequence<byte> request) => services.Send(service, tenant, request);

    public void Stop(string service) => services.Stop(service);

    public IGuestRpc ForTenant(string tenant) => services.ForTenant(tenant);
}
