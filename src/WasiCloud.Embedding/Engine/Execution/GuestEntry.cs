using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>What bounds one entry into a guest.</summary>
/// <param name="Waiter">Waits for host calls that cannot complete at once.</param>
/// <param name="Deadline">When a guest that computes is interrupted, in ticks of <see cref="Environment.TickCount64"/>.</param>
/// <param name="Fuel">What the guest may burn, if the engine counts it.</param>
/// <param name="CancellationToken">Interrupts a guest that computes.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct GuestEntry(
    IPendingCallWaiter Waiter, long Deadline, long Fuel = GuestStore.UnlimitedFuel, CancellationToken CancellationToken = default);
