namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>How much of the slots modules and tenants may have, so that something is left whatever the number of those that want all.</summary>
/// <param name="count">How many slots there are.</param>
/// <param name="maxPerModule">How many guests one module may have, the last slots included; <see langword="null"/> for a share.</param>
internal sealed class SlotShares(int count, int? maxPerModule)
{
    // Of what it leaves to others, at most so many times as much. With fewer slots than this there is nothing to share.
    private const int Largest = 7;
    private const int FewestToShare = 4;

    /// <summary>
    /// Whether one more guest is within the shares of its module and of its tenant, if there is room for it. A tenant leaves something to others also of what
    /// its module may have.
    /// </summary>
    /// <param name="slots">The guest's.</param>
    /// <param name="free">How many slots are free.</param>
    public bool Allow(SlotGroup slots, int free)
    {
        var (module, perGuest) = (slots.Module, slots.PerGuest);
        var isAllowed = MaxOf(module) is { } max ? module.Held < (long)max * perGuest : IsWithin(module.Held, perGuest, free);
        if (!isAllowed || slots.Tenant is not { } tenant) return isAllowed;
        return !slots.IsTenantFull && IsWithin(tenant.Held, perGuest, free) && IsWithin(slots.Held, perGuest, RoomOf(module, free));
    }

    private bool IsWithin(int held, int perGuest, int free) => held == 0 || count < FewestToShare || held + perGuest <= Largest * (free - perGuest);

    // How many slots a module may take yet, as others have theirs now.
    private int RoomOf(ModuleSlots module, int free)
    {
        var all = free + module.Held;
        var most = MaxOf(module) is { } max ? Math.Min(all, (long)max * module.PerGuest) : Largest * (long)all / (Largest + 1);
        return (int)most - module.Held;
    }

    private int? MaxOf(ModuleSlots slots) => slots.Module!.MaxConcurrentInvocations ?? maxPerModule;
}
