using System.Buffers;
using System.Runtime.InteropServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Rpc;

/// <summary>What a handler is called with.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct RpcRequest
{
    internal RpcRequest(string service, ReadOnlySequence<byte> payload, InvocationContext? caller) => (Service, Payload, Caller) = (service, payload, caller);

    /// <summary>The name of the service.</summary>
    public string Service { get; }

    /// <summary>The bytes of the request.</summary>
    public ReadOnlySequence<byte> Payload { get; }

    /// <summary>The invocation of the guest that calls; <see langword="null"/> if the application itself does.</summary>
    public InvocationContext? Caller { get; }
}
