using System.Runtime.InteropServices;

namespace WasiCloud.Embedding;

/// <summary>The limits of one call of a <see cref="GuestFunction"/>.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct GuestCallOptions
{
    /// <summary>
    /// How long it may take from when its turn has come, waiting for files included, instead of the <see cref="InvocationRequest.Timeout"/> the instance was
    /// started with. More than 0 and at most 24 days, or <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>.
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>
    /// How long it may compute, instead of the <see cref="InvocationRequest.MaxCpuTime"/> the instance was started with; counted from the first 5 ms on. More
    /// than 0 and at most 24 days, or
    /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>.
    /// </summary>
    public TimeSpan? MaxCpuTime { get; init; }

    /// <summary>
    /// The fuel it may burn, about one unit an instruction, instead of <see cref="WasiCloudOptions.MaxFuel"/>, which must be set for fuel to be counted at all.
    /// 0 or more.
    /// </summary>
    public long? Fuel { get; init; }
}
