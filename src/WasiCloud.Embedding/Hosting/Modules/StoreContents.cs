namespace WasiCloud.Embedding.Hosting.Modules;

/// <summary>The modules that a store has loaded, by last use, and what they take. Used within the store's lock.</summary>
internal sealed class StoreContents(GuestModuleStoreOptions options)
{
    private readonly LinkedList<StoredModule> _recency = [];
    private readonly StoreTenant _all = new(options.MaxModules, options.MaxCodeBytes);
    private readonly Dictionary<string, StoreTenant> _tenants = new(StringComparer.Ordinal);

    public int Count => _all.Modules;

    public long CodeBytes => _all.CodeBytes;

    /// <summary>One was loaded.</summary>
    public void Add(StoredModule module)
    {
        if (!_tenants.TryGetValue(module.Tenant, out var tenant))
        {
            tenant = new StoreTenant(options.MaxModulesPerTenant ?? int.MaxValue, options.MaxCodeBytesPerTenant ?? long.MaxValue);
            _tenants.Add(module.Tenant, tenant);
        }

        tenant.Add(module.CodeBytes);
        _all.Add(module.CodeBytes);
        module.Recency = _recency.AddLast(module);
    }

    /// <summary>One is used.</summary>
    public void Touch(StoredModule module)
    {
        if (_recency.Last == module.Recency) return;
        _recency.Remove(module.Recency!);
        _recency.AddLast(module.Recency!);
    }

    /// <summary>One is not loaded any more.</summary>
    public void Remove(StoredModule module)
    {
        var tenant = _tenants[module.Tenant];
        tenant.Remove(module.CodeBytes);
        if (tenant.Modules == 0) _tenants.Remove(module.Tenant);
        _all.Remove(module.CodeBytes);
        _recency.Remove(module.Recency!);
        module.Recency = null;
    }

    /// <summary>The one that has to go next, if there are too many and one is not used.</summary>
    public StoredModule? FindSurplus()
    {
        // A tenant above its share loses its own, before anybody loses one to it.
        if (_tenants.Values.Any(static tenant => tenant.IsOver) && Find(module => _tenants[module.Tenant].IsOver) is { } surplus) return surplus;
        return _all.IsOver ? Find(static _ => true) : null;
    }

    /// <summary>The one that was not used for longest, if that is too long and it is not used now.</summary>
    public StoredModule? FindIdle(Func<StoredModule, bool> isIdle) => Find(isIdle);

    private StoredModule? Find(Func<StoredModule, bool> condition)
    {
        foreach (var module in _recency)
        {
            if (!module.IsUsed && condition(module)) return module;
        }

        return null;
    }
}
