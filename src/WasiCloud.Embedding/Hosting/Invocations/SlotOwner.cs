namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>
/// Between whom <see cref="InvocationSlots"/> is fair: tenants, and modules for what works for no tenant. Its lock guards it.
/// </summary>
internal abstract class SlotOwner
{
    protected SlotOwner() => Turn = new LinkedListNode<SlotOwner>(this);

    /// <summary>How many slots its guests have. Who has fewest is next.</summary>
    public int Held { get; set; }

    /// <summary>How many of its guests wait.</summary>
    public int Waiting { get; set; }

    /// <summary>In which of its groups somebody waits; the first is next.</summary>
    public LinkedList<SlotGroup> Queue { get; } = new();

    /// <summary>Its place among those that somebody waits of.</summary>
    public LinkedListNode<SlotOwner> Turn { get; }
}
