using WasiCloud.Embedding;

namespace GameServerSample;

/// <summary>One creature: what the game knows of it, and the guest that moves it. It outlives its guests.</summary>
internal sealed class Creature(int number)
{
    public int Number { get; } = number;

    public int X { get; set; }

    public int Y { get; set; }

    /// <summary>How often it has moved.</summary>
    public long Moves { get; set; }

    /// <summary>Whether its guest is to misbehave.</summary>
    public bool IsRunaway { get; init; }

    /// <summary>Its guest, unless that has ended.</summary>
    public GuestInstance? Guest { get; set; }

    /// <summary>The guest's <c>tick</c>.</summary>
    public GuestFunction<int>? Tick { get; set; }
}
