namespace WasiCloud.Embedding;

/// <summary>How much of a program's output <see cref="InvocationHostRunExtensions.RunAsync"/> holds in memory.</summary>
public sealed class GuestRunOptions
{
    /// <summary>
    /// Bytes of standard output. A program that writes more is ended, and <c>RunAsync</c> throws <see cref="GuestLimitException"/> with
    /// <see cref="GuestLimit.Output"/>: half of an answer looks like a whole one. Default 4 MiB; 0 to 512 MiB.
    /// </summary>
    public int MaxStandardOutputBytes { get; init; } = 4 << 20;

    /// <summary>
    /// Bytes of standard error. Of a program that writes more the last are kept, and it goes on (<see cref="GuestOutput.IsTruncated"/>). Default 64 KiB; 0 to
    /// 512 MiB. Up to twice as much memory is taken while it runs.
    /// </summary>
    public int MaxStandardErrorBytes { get; init; } = 64 << 10;
}
