
namespace WasiCloud.Embedding.Preview1;

/// <summary>The two layouts of <c>subscription</c>: snapshot 0 has one more field in its clock member, an identifier that nobody used.</summary>
internal sealed class PollLayout
{
    private PollLayout(int size, int clock) => (Size, Clock) = (size, clock);

    public static PollLayout Preview1 { get; } = new(size: 48, clock: 16);

    public static PollLayout Snapshot0 { get; } = new(size: 56, clock: 24);

    /// <summary>Bytes of one subscription.</summary>
    public int Size { get; }

    /// <summary>Where the clock's id is; timeout, precision and flags follow at 8-byte steps.</summary>
    public int Clock { get; }
}
