namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>
/// What one module has of <see cref="InvocationSlots"/>: slots for all tenants together, and who waits to work for none.
/// </summary>
internal sealed class ModuleSlots : SlotOwner
{
    public ModuleSlots() => Own = new SlotGroup { Module = this, MaxOfTenant = long.MaxValue };

    /// <summary>Whose they are.</summary>
    public GuestModule? Module { get; set; }

    /// <summary>How many slots one of its guests takes.</summary>
    public int PerGuest { get; set; }

    /// <summary>How many groups of it are for tenants.</summary>
    public int Groups { get; set; }

    /// <summary>Its guests that work for nobody in particular.</summary>
    public SlotGroup Own { get; }

    /// <summary>Whether nobody of it waits or runs.</summary>
    public bool IsUnused => Held == 0 && Groups == 0 && Waiting == 0;
}
