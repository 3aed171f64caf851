namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>What one tenant has of <see cref="InvocationSlots"/>, with all modules together.</summary>
internal sealed class TenantSlots : SlotOwner
{
    /// <summary>How many guests it has.</summary>
    public int Guests { get; set; }

    /// <summary>How many groups are of it.</summary>
    public int Groups { get; set; }
}
