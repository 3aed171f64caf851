using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.KeyValue.Locks;

/// <summary>The right to act for this process on one lock.</summary>
/// <param name="Lease">The lease that comes with it, or <see langword="null"/> if it has to be got from the backend.</param>
/// <param name="Yields">Whether other processes are to be let in first.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LockTurn(Lease? Lease, bool Yields = false);
