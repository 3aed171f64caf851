using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Rpc;

/// <summary>One guest that serves a service, one call after another.</summary>
/// <param name="stopping">Cancelled when the guest is to take no more calls.</param>
internal sealed class RpcAcceptor(CancellationToken stopping)
{
    private LinkedListNode<RpcAcceptor>? _node;

    public CancellationToken Stopping { get; } = stopping;

    /// <summary>Its place among those that wait. Guarded by the service.</summary>
    public LinkedListNode<RpcAcceptor> Node => _node ??= new LinkedListNode<RpcAcceptor>(this);

    /// <summary>Set when it is to wait no longer.</summary>
    public WakeSignal Woken { get; } = new();

    /// <summary>The call that it was given; <see langword="null"/> if there will be none. Guarded by the service.</summary>
    public RpcCall? Call { get; set; }
}
