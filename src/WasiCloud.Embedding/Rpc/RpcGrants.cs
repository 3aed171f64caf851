namespace WasiCloud.Embedding.Rpc;

/// <summary>
/// The services that one guest may use, instead of what <c>AddRpcService</c> says of all guests: put it among <see cref="InvocationRequest.Features"/>.
/// </summary>
/// <remarks>Not thread-safe while it is changed.</remarks>
public sealed class RpcGrants
{
    private readonly Dictionary<string, RpcAccess> _services = new(StringComparer.Ordinal);

    /// <summary>Grants a service, or changes what was granted of it. A service that was not added does not exist all the same.</summary>
    /// <param name="service">The service's name.</param>
    /// <param name="access">What the guest may do with it.</param>
    /// <returns>This object.</returns>
    public RpcGrants Allow(string service, RpcAccess access)
    {
        ArgumentException.ThrowIfNullOrEmpty(service);
        _services[service] = access;
        return this;
    }

    /// <summary>What is granted of a service.</summary>
    /// <param name="service">The service's name.</param>
    /// <returns><see cref="RpcAccess.None"/> if nothing is.</returns>
    public RpcAccess Of(string service) => _services.GetValueOrDefault(service);
}
