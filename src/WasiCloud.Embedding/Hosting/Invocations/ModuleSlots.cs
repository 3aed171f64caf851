using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>
/// What one module has of <see cref="InvocationSlots"/>, whose lock guards it. Today the module shares with nobody; tenants could be the key as well.
/// </summary>
internal sealed class ModuleSlots
{
    private ArrivalOrder _order;

    public ModuleSlots() => Turn = new LinkedListNode<ModuleSlots>(this);

    /// <summary>Whose they are.</summary>
    public GuestModule? Module { get; set; }

    /// <summary>How many slots one of its guests takes.</summary>
    public int PerGuest { get; set; }

    /// <summary>How many slots its guests have.</summary>
    public int Held { get; set; }

    /// <summary>Who waits, in the order of arrival.</summary>
    public LinkedList<SlotTurn> Waiting { get; } = new();

    /// <summary>Who of them is next.</summary>
    public LinkedListNode<SlotTurn> Next(TimeSpan firstWaited) => _order.Next(Waiting, firstWaited);

    /// <summary>Its place among the modules that somebody waits for.</summary>
    public LinkedListNode<ModuleSlots> Turn { get; }
}
