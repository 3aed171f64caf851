namespace WasiCloud.Embedding.FileSystem;

/// <summary>How much one host call moves, and how much of it between two looks at whether the guest is to end.</summary>
/// <remarks>
/// 1,024 buffers may overlap, so a small guest can ask for 2 GiB at once: without a bound one call would outlive its guest's time limit by seconds.
/// </remarks>
internal static class TransferSize
{
    /// <summary>8 MiB: the most that one read or write of a file or stream moves. Linux has such a bound too, <c>0x7ffff000</c>.</summary>
    public const int MaxBytes = 8 << 20;

    /// <summary>1 MiB: the most that one append takes, which is one step with regard to other appends; and a piece of what is longer.</summary>
    public const int PieceBytes = 1 << 20;
}
