using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Rpc;

/// <summary>The calls of one service that nobody needs at the moment, with their buffers. Thread-safe.</summary>
/// <param name="service">The service.</param>
/// <param name="options">How long their messages may be.</param>
internal sealed class RpcCallPool(RpcService service, RpcOptions options)
{
    private const int MaxIdleCalls = 64;

    private readonly Lock _lock = new();
    private readonly Stack<RpcCall> _idle = [];

    /// <summary>Begins a call, which the caller holds.</summary>
    public RpcCall Rent(InvocationContext? caller)
    {
        RpcCall? call;
        lock (_lock) _idle.TryPop(out call);
        call ??= new RpcCall(service, options);
        call.Begin(caller);
        return call;
    }

    /// <summary>Takes back a call that nobody needs.</summary>
    public void Return(RpcCall call)
    {
        lock (_lock)
        {
            if (_idle.Count < MaxIdleCalls) _idle.Push(call);
        }
    }
}
