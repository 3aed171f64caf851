using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Hosting.Streams;

/// <summary>What one guest may write to the log, standard output and error together.</summary>
/// <param name="MaxBytes">Bytes from start to end, for a guest that has an end.</param>
/// <param name="MaxLines">Lines from start to end, for a guest that has an end.</param>
/// <param name="MaxBytesPerSecond">Bytes within a second.</param>
/// <param name="MaxLinesPerSecond">Lines within a second.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LogLimits(long MaxBytes, long MaxLines, long MaxBytesPerSecond, long MaxLinesPerSecond)
{
    /// <summary>As much as the guest likes.</summary>
    public static LogLimits None { get; } = new(long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue);
}
