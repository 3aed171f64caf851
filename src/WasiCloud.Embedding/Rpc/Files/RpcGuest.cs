using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Rpc;

namespace WasiCloud.Embedding.Rpc.Files;

/// <summary>What the files of one guest share. One guest makes one call at a time, so nothing here is locked.</summary>
/// <param name="parts">What tenants have of services.</param>
/// <param name="context">The guest.</param>
/// <param name="tenant">The tenant whose part of them it uses, if it does.</param>
internal sealed class RpcGuest(RpcParts parts, InvocationContext context, string? tenant = null)
{
    private Dictionary<RpcService, (RpcService Part, RpcAcceptor Acceptor)>? _served;
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

    /// <summary>Begins a call, if it would not be refused at once.</summary>
    public RpcCall? BeginCall(RpcService service)
    {
        var part = parts.Take(service, tenant);
        var call = part.HasServer ? part.Rent(context) : null;
        parts.Release(part);
        return call;
    }

    /// <summary>From now to its end, the guest is a server.</summary>
    public (RpcService Part, RpcAcceptor Acceptor) Serve(RpcService service)
    {
        _served ??= [];
        if (_served.TryGetValue(service, out var served)) return served;
        served = (parts.Take(service, tenant), new RpcAcceptor(context.Stopping));
        _served.Add(service, served);
        served.Part.AddServer();
        parts.Attach(served.Part);
        return served;
    }

    /// <summary>The guest has ended.</summary>
    public void End()
    {
        if (_served is null) return;
        foreach (var (part, _) in _served.Values)
        {
            part.RemoveServer();
            parts.Release(part);
        }

        _served = null;
    }
}
