using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>
/// The guests of one module that work for one tenant, within one limit of it, or for none. Belongs to <see cref="InvocationSlots"/>, whose lock guards it.
/// </summary>
internal sealed class SlotGroup
{
    private ArrivalOrder _order;

    public SlotGroup() => Turn = new LinkedListNode<SlotGroup>(this);

    /// <summary>What its module has.</summary>
    public ModuleSlots Module { get; set; } = null!;

    /// <summary>What its tenant has; <see langword="null"/> if there is none.</summary>
    public TenantSlots? Tenant { get; set; }

    /// <summary>How many guests its tenant may have.</summary>
    public long MaxOfTenant { get; set; }

    /// <summary>How many slots its own guests have.</summary>
    public int Held { get; set; }

    /// <summary>How many slots one of its guests takes.</summary>
    public int PerGuest => Module.PerGuest;

    /// <summary>With whom its guests share: the tenant, or the module.</summary>
    public SlotOwner Owner => Tenant is null ? Module : Tenant;

    /// <summary>Whether its tenant has all the guests that it may have.</summary>
    public bool IsTenantFull => Tenant is not null && Tenant.Guests >= MaxOfTenant;

    /// <summary>Who waits, in the order of arrival.</summary>
    public LinkedList<SlotTurn> Waiting { get; } = new();

    /// <summary>Its place among the groups of its owner that somebody waits in.</summary>
    public LinkedListNode<SlotGroup> Turn { get; }

    /// <summary>Who of them is next.</summary>
    public LinkedListNode<SlotTurn> Next(TimeSpan firstWaited) => _order.Next(Waiting, firstWaited);
}
