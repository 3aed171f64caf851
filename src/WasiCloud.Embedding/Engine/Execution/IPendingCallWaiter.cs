using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>What an executor does when a host call has to wait: the seam between the two halves.</summary>
internal interface IPendingCallWaiter
{
    /// <summary>Runs the pending half and returns when it has completed.</summary>
    /// <exception cref="OperationCanceledException">The guest is to end; the operation was awaited all the same.</exception>
    Errno Wait(HostFunction function, HostCallContext guest, in CallArguments arguments, CancellationToken cancellationToken);

    /// <summary>Waits until there is a place for a guest to compute, or the guest is to end.</summary>
    void WaitForPlace(GuestStore store);
}
