namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>
/// Who has slots or waits for them: modules, tenants, and what modules do for tenants. Nobody else is held. Belongs to <see cref="InvocationSlots"/>, whose
/// lock guards it.
/// </summary>
/// <param name="count">How many slots there are.</param>
internal sealed class SlotTable(int count)
{
    private const int MaxSpares = 64;

    private readonly Dictionary<GuestModule, ModuleSlots> _modules = [];
    private readonly Dictionary<SlotClaim, SlotGroup> _groups = [];
    private readonly Dictionary<string, TenantSlots> _tenants = new(StringComparer.Ordinal);
    private readonly Stack<ModuleSlots> _spareModules = [];
    private readonly Stack<SlotGroup> _spareGroups = [];
    private readonly Stack<TenantSlots> _spareTenants = [];

    /// <summary>Finds the group of a guest, which is there from now on, until <see cref="Forget"/>.</summary>
    public SlotGroup Find(in SlotClaim claim)
    {
        if (claim.Tenant is null) return FindModule(claim.Module).Own;
        if (_groups.TryGetValue(claim, out var group)) return group;
        if (!_spareGroups.TryPop(out group)) group = new SlotGroup();
        if (!_tenants.TryGetValue(claim.Tenant, out var tenant))
        {
            if (!_spareTenants.TryPop(out tenant)) tenant = new TenantSlots();
            _tenants.Add(claim.Tenant, tenant);
        }

        (group.Module, group.Tenant, group.MaxOfTenant) = (FindModule(claim.Module), tenant, claim.MaxOfTenant);
        group.Module.Groups++;
        tenant.Groups++;
        _groups.Add(claim, group);
        return group;
    }

    /// <summary>Forgets the group of a guest, unless somebody of it waits or runs.</summary>
    public void Forget(in SlotClaim claim, SlotGroup group)
    {
        var module = group.Module;
        if (group.Tenant is { } tenant)
        {
            if (group.Held > 0 || group.Waiting.Count > 0) return;
            _groups.Remove(claim);
            module.Groups--;
            if (--tenant.Groups == 0)
            {
                _tenants.Remove(claim.Tenant!);
                Spare(_spareTenants, tenant);
            }

            (group.Module, group.Tenant) = (null!, null);
            Spare(_spareGroups, group);
        }

        if (!module.IsUnused) return;
        _modules.Remove(module.Module!);
        module.Module!.EndUse();
        module.Module = null;
        Spare(_spareModules, module);
    }

    private ModuleSlots FindModule(GuestModule module)
    {
        if (_modules.TryGetValue(module, out var slots)) return slots;
        if (!_spareModules.TryPop(out slots)) slots = new ModuleSlots();
        slots.Module = module;

        // A host of one slot has room for any one guest.
        slots.PerGuest = Math.Min(module.SlotsPerGuest, count);
        _modules.Add(module, slots);

        // As long as it is here, somebody waits or runs. Whoever asks has a use of his own at this moment.
        module.Use();
        return slots;
    }

    private static void Spare<T>(Stack<T> spares, T spare)
    {
        if (spares.Count < MaxSpares) spares.Push(spare);
    }
}
