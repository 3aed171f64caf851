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
        foreach (var registration in registrations)
        {
            var carrier = transport?.Carries(registration.Name) == true ? transport : null;
            var service = new RpcService(
                registration.Name, registration.Access, registration.CreateHandler?.Invoke(provider), carrier, options.Value, timeProvider, logger,
                provider.GetService<IServiceScopeFactory>());
            if (!services.TryAdd(registration.Name, service)) throw new InvalidOperationException($"The RPC service '{registration.Name}' was added twice.");
        }

        _services = services.ToFrozenDictionary(StringComparer.Ordinal);
        foreach (var service in _services.Values)
        {
            if (service.IsShared) transport!.Attach(service);
        }
    }

    /// <summary>All of them.</summary>
    public IEnumerable<RpcService> All => _services.Values;

    /// <summary>Finds a service.</summary>
    public RpcService? Find(string name) => _services.GetValueOrDefault(name);

    public async ValueTask CallAsync(
        string service, ReadOnlySequence<byte> request, IBufferWriter<byte> response, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        cancellationToken.ThrowIfCancellationRequested();
        var call = Rent(service, request);
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

    public void Send(string service, ReadOnlySequence<byte> request)
    {
        var call = Rent(service, request);
        try
        {
            if (!call.Service.TrySend(call, isOneWay: true)) throw RpcService.Refused(service);
        }
        finally
        {
            call.Release();
        }
    }

    public void Stop(string service) => Get(service).Stop();

    public void Dispose()
    {
        foreach (var service in _services.Values) service.Dispose();
    }

    private RpcService Get(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Find(name) ?? throw new RpcException(RpcError.UnknownService, $"There is no RPC service '{name}'.");
    }

    private RpcCall Rent(string name, ReadOnlySequence<byte> request)
    {
        var service = Get(name);
        if (request.Length > service.Options.MaxRequestBytes)
            throw new RpcException(RpcError.TooLarge, $"The request has {request.Length} bytes; {service.Options.MaxRequestBytes} are allowed.");
        var call = service.Rent(caller: null);
        foreach (var piece in request) call.Request.Write(piece.Span);
        return call;
    }
}
