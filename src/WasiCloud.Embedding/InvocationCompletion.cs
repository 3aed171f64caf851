using System.Runtime.InteropServices;

namespace WasiCloud.Embedding;

/// <summary>How a guest ended, and what it used.</summary>
/// <param name="ExitCode">What the guest passed to <c>proc_exit</c>, or 0.</param>
/// <param name="Elapsed">From the start of the instance to its end, waiting included.</param>
/// <param name="MemoryBytes">The size of the guest's linear memory at its end, which is its peak: it never shrinks.</param>
/// <param name="RequestBytes">Bytes of the request body that the guest consumed.</param>
/// <param name="ResponseBytes">Bytes of the response body that the guest wrote.</param>
/// <param name="FuelConsumed">What the guest burned, of an instance the last call; <see langword="null"/> unless <see cref="WasiCloudOptions.MaxFuel"/> is
/// set.</param>
/// <param name="CpuTime">How long the guest and its host calls ran, without what they waited; as <see cref="WasiCloudOptions.MaxCpuTime"/> counts it.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct InvocationCompletion(
    int ExitCode, TimeSpan Elapsed, long MemoryBytes, long RequestBytes, long ResponseBytes, long? FuelConsumed = null, TimeSpan CpuTime = default);
