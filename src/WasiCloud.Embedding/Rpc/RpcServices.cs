using System.Buffers;
using System.Collections.Frozen;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace WasiCloud.Embedding.Rpc;

/// <summary>All services of an application.</summary>
internal sealed class RpcServices : IGuestRpc, IDisposable
{
    private readonly FrozenDictionary<string, RpcService> _services;

    /// <summary>Makes the services.</summary>
    /// <exception cref="InvalidOperationException">A name was added twice.</exception>
    public RpcServices(
        IEnumerable<RpcRegistration> registrations, IOptions<RpcOptions> options, TimeProvider timeProvider, IServiceProvider provider,
        ILoggerFactory? loggerFactory = null,
        IRpcTransport? transport = null)
    {
        var logger = (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger("WasiCloud.Embedding");
        var services = new Dictionary<string, RpcService>(StringComparer.Ordinal);
        var given = new Dictionary<string, RpcHandler?>(StringComparer.Ordinal);
        foreach (var registration in registrations)
        {
            var handler = given[registration.Name] = registration.CreateHandler?.Invoke(provider);
            var carrier = transport?.Carries(registration.Name) == true ? transport : null;
            var service = new RpcService(
                registration.Name, registration.Access, handler, carrier, options.Value, timeProvider, logger,
                provider.GetService<IServiceScopeFactory>());
            if (!services.TryAdd(registration.Name, service)) throw new InvalidOperationException($"The RPC service '{registration.Name}' was added twice.");
        }

        Parts = new RpcParts(NewPart, transport);
        _services = services.ToFrozenDictionary(StringComparer.Ordinal);
        foreach (var service in _services.Values)
        {
            if (service.IsShared) transport!.Attach(service);
        }

        RpcService NewPart(RpcService origin, string tenant)
        {
            // What a function of this process answers needs no other, and none would know the tenant.
            var handler = given.GetValueOrDefault(origin.Name);
            var part = RpcService.PartOf(
                origin, tenant, Parts!, handler, handler is null && origin.IsShared ? transport : null, timeProvider, logger,
                provider.GetService<IServiceScopeFactory>());
            if (origin.IsStopped) part.Stop();
            return part;
        }
    }

    /// <summary>What tenants have of them.</summary>
    public RpcParts Parts { get; }

    /// <summary>All of them.</summary>
    public IEnumerable<RpcService> All => _services.Values;

    /// <summary>Finds a service.</summary>
    public RpcService? Find(string name) => _services.GetValueOrDefault(name);

    public ValueTask CallAsync(
        string service, ReadOnlySequence<byte> request, IBufferWriter<byte> response, CancellationToken cancellationToken = default) =>
        CallAsync(service, tenant: null, request, response, cancellationToken);

    /// <summary>As <see cref="CallAsync(string, ReadOnlySequence{byte}, IBufferWriter{byte}, CancellationToken)"/>, for a tenant.</summary>
    public async ValueTask CallAsync(
        string service, string? tenant, ReadOnlySequence<byte> request, IBufferWriter<byte> response, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(response);
        cancellationToken.ThrowIfCancellationRequested();
        var call = Rent(service, tenant, request);
        try
        {
            if (!call.Service.TrySend(call, isOneWay: false)) throw RpcService.Refused(service);
            await call.WaitAsync(response, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            call.Release();
        }
    }

    public void Send(string service, ReadOnlySequence<byte> request) => Send(service, tenant: null, request);

    /// <summary>As <see cref="Send(string, ReadOnlySequence{byte})"/>, for a tenant.</summary>
    public void Send(string service, string? tenant, ReadOnlySequence<byte> request)
    {
        var call = Rent(service, tenant, request);
        try
        {
            if (!call.Service.TrySend(call, isOneWay: true)) throw RpcService.Refused(service);
        }
        finally
        {
            call.Release();
        }
    }

    public void Stop(string service)
    {
        var origin = Get(service);
        origin.Stop();
        Parts.Stop(origin);
    }

    public IGuestRpc ForTenant(string tenant)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        TenantName.Check(tenant, nameof(tenant));
        return new TenantRpc(this, tenant);
    }

    public void Dispose()
    {
        foreach (var service in _services.Values)
        {
            Parts.Stop(service);
            service.Dispose();
        }
    }

    private RpcService Get(string service)
    {
        ArgumentException.ThrowIfNullOrEmpty(service);
        return Find(service) ?? throw new ArgumentException($"There is no RPC service '{service}'.", nameof(service));
    }

    private RpcCall Rent(string name, string? tenant, ReadOnlySequence<byte> request)
    {
        var service = Get(name);
        if (request.Length > service.Options.MaxRequestBytes)
            throw new RpcException(RpcError.TooLarge, $"The request has {request.Length} bytes; {service.Options.MaxRequestBytes} are allowed.");
        var part = Parts.Take(service, tenant);
        var call = part.Rent(caller: null);
        Parts.Release(part);
        foreach (var piece in request) call.Request.Write(piece.Span);
        return call;
    }
}
