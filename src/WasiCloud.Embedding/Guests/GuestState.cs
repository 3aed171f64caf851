using WasiCloud.Embedding.Descriptors;

namespace WasiCloud.Embedding.Guests;

/// <summary>
/// What a guest has, whatever its ABI, and after <see cref="Reset"/> the next guest. That it ended, and how, is an outcome of a call and not kept here. Used by
/// one thread at a time.
/// </summary>
/// <param name="descriptors">Its open files.</param>
/// <param name="clock">Its clocks.</param>
/// <param name="random">Its randomness.</param>
internal sealed class GuestState(DescriptorTable descriptors, GuestClock clock, IRandomSource random)
{
    public DescriptorTable Descriptors { get; } = descriptors;

    public GuestClock Clock { get; } = clock;

    /// <summary>Whether randomness comes from this library: an application's source is foreign code, which never runs on a guest's stack.</summary>
    public bool HasOwnRandom { get; } = random is SystemRandomSource;

    public GuestStrings Arguments { get; set; } = GuestStrings.Empty;

    public GuestStrings Environment { get; set; } = GuestStrings.Empty;

    /// <summary>Fills a range with random bytes.</summary>
    public void FillRandom(Span<byte> destination) => random.Fill(destination);

    /// <summary>Ends with a guest. Descriptors and clocks are the owner's to reset.</summary>
    public void Reset() => (Arguments, Environment) = (GuestStrings.Empty, GuestStrings.Empty);
}
