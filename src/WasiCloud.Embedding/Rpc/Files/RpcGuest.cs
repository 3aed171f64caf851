using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Rpc;

namespace WasiCloud.Embedding.Rpc.Files;

/// <summary>What the files of one guest share. One guest makes one call at a time, so nothing here is locked.</summary>
internal sealed class RpcGuest(InvocationContext context)
{
    private Dictionary<RpcService, RpcAcceptor>? _served;
    private int _openCalls;

    public InvocationContext Context => context;

    /// <summary>What this guest may do with a service.</summary>
    public RpcAccess AccessOf(RpcService service)
    {
        // Under a policy, its lines decide, where names are looked up.
        var access = context.HasPolicy ? RpcAccess.Call | RpcAccess.Serve : service.Access;
        return service.HasHandler ? access & ~RpcAccess.Serve : access;
    }

    /// <summary>Counts an open call.</summary>
    /// <returns>Whether the guest may have one more.</returns>
    public bool TryOpen(RpcService service)
    {
        if (_openCalls >= service.Options.MaxOpenCalls) return false;
        _openCalls++;
        return true;
    }

    /// <summary>An open call was closed, or could not be opened after all.</summary>
    public void Close() => _openCalls--;

    /// <summary>From now to its end, the guest is a server.</summary>
    public RpcAcceptor Serve(RpcService service)
    {
        _served ??= [];
        if (_served.TryGetValue(service, out var acceptor)) return acceptor;
        acceptor = new RpcAcceptor(context.Stopping);
        _served.Add(service, acceptor);
        service.AddServer();
        return acceptor;
    }

    /// <summary>The guest has ended.</summary>
    public void End()
    {
        if (_served is null) return;
        foreach (var service in _served.Keys) service.RemoveServer();
        _served = null;
    }
}
