using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Rpc;

/// <summary>What a handler is called with.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct RpcRequest
{
    private readonly RpcScope? _scope;
    private readonly int _number;

    internal RpcRequest(string service, ReadOnlySequence<byte> payload, InvocationContext? caller, string? tenant = null, RpcScope? scope = null)
    {
        (Service, Payload, Caller, Tenant, _scope) = (service, payload, caller, tenant ?? caller?.Tenant, scope);
        _number = scope?.Number ?? 0;
    }

    /// <summary>The name of the service.</summary>
    public string Service { get; }

    /// <summary>The bytes of the request.</summary>
    public ReadOnlySequence<byte> Payload { get; }

    /// <summary>The invocation of the guest that calls; <see langword="null"/> if the application itself does.</summary>
    public InvocationContext? Caller { get; }

    /// <summary>
    /// For whom it is called: the tenant of the guest that calls, or of <see cref="IGuestRpc.ForTenant"/>; <see langword="null"/> for nobody in particular.
    /// Trust it, and not what the request says.
    /// </summary>
    public string? Tenant { get; }

    /// <summary>
    /// The services of this call: a scope of its own, such as a database context needs, that is made when this is first asked for and disposed when the
    /// handler's
    /// task has completed, however it did. Thread-safe.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The call has ended.</exception>
    /// <exception cref="InvalidOperationException">There is no call: this was not given to a handler.</exception>
    public IServiceProvider Services => (_scope ?? throw new InvalidOperationException("There is no call.")).Services(_number);

    // For a text, no services are made.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(CultureInfo.InvariantCulture, $"{nameof(Service)} = {Service}, {nameof(Payload)} = {Payload}, {nameof(Caller)} = {Caller?.Id}");
        return true;
    }
}
