using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>What is known of the limits when a guest has ended.</summary>
/// <param name="Termination">Why this library ended it, if it did.</param>
/// <param name="WasCanceled">Whether it was to end before its time.</param>
/// <param name="TimeoutMilliseconds">The time limit.</param>
/// <param name="MaxMemoryBytes">The memory limit.</param>
/// <param name="ExceededDescriptors">The descriptor limit, if an open was refused for it.</param>
/// <param name="Fuel">The fuel.</param>
/// <param name="CallerToken">The token of whoever invoked it.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct InvocationLimits(
    GuestException? Termination, bool WasCanceled, long TimeoutMilliseconds, long MaxMemoryBytes, int? ExceededDescriptors, long Fuel,
    CancellationToken CallerToken);
