namespace WasiCloud.Embedding.Rpc;

/// <summary>
/// What tenants have of services: made when one is first used, and forgotten when it has neither a server nor a call. Thread-safe.
/// </summary>
/// <param name="create">Makes a tenant's part of a service.</param>
/// <param name="transport">Told of those that guests of this process serve for others.</param>
internal sealed class RpcParts(Func<RpcService, string, RpcService> create, IRpcTransport? transport)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(RpcService Origin, string Tenant), RpcService> _parts = [];

    // How many use each, calls and servers.
    private readonly Dictionary<RpcService, Use> _uses = [];

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _parts.Count;
        }
    }

    /// <summary>Guests that serve any of them.</summary>
    public int ServerCount
    {
        get
        {
            lock (_lock) return _uses.Keys.Sum(part => part.ServerCount);
        }
    }

    /// <summary>Begins to use what a tenant has of a service.</summary>
    /// <param name="origin">The service.</param>
    /// <param name="tenant">The tenant; <see langword="null"/> for the service itself, which needs no uses.</param>
    public RpcService Take(RpcService origin, string? tenant)
    {
        if (tenant is null) return origin;
        lock (_lock)
        {
            if (!_parts.TryGetValue((origin, tenant), out var part))
            {
                part = create(origin, tenant);
                _parts.Add((origin, tenant), part);
                _uses.Add(part, new Use());
            }

            _uses[part].Count++;
            return part;
        }
    }

    /// <summary>A part is used once more.</summary>
    public void Hold(RpcService part)
    {
        lock (_lock)
        {
            if (_uses.TryGetValue(part, out var use)) use.Count++;
        }
    }

    /// <summary>A guest serves a part from now on, also for other processes.</summary>
    public void Attach(RpcService part)
    {
        if (!part.IsShared) return;
        lock (_lock)
        {
            if (!_uses.TryGetValue(part, out var use) || use.IsAttached) return;
            use.IsAttached = true;
            transport!.Attach(part);
        }
    }

    /// <summary>Ends a use. A service that is no part is left alone.</summary>
    public void Release(RpcService part)
    {
        if (part.Tenant is null) return;
        lock (_lock)
        {
            if (!_uses.TryGetValue(part, out var use) || --use.Count > 0) return;
            _uses.Remove(part);
            _parts.Remove((part.Origin, part.Tenant!));
            if (use.IsAttached) transport!.Detach(part);
        }

        part.Dispose();
    }

    /// <summary>Ends all parts of a service gracefully.</summary>
    public void Stop(RpcService origin)
    {
        List<RpcService> parts;
        lock (_lock) parts = [.. _parts.Values.Where(part => part.Origin == origin)];
        foreach (var part in parts) part.Stop();
    }

    private sealed class Use
    {
        public int Count { get; set; }

        public bool IsAttached { get; set; }
    }
}
