using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>What an executor does when a host call has to wait: the seam between the two halves.</summary>
internal interface IPendingCallWaiter
{
    /// <summary>Runs the pending half and returns when it has completed.</summary>
    /// <exception cref="OperationCanceledException">The guest is to end; the operation was awaited all the same.</exception>
    Errno Wait(HostFunction function, HostCallContext guest, in CallArguments arguments, CancellationToken cancellationToken);

    /// <summary>Runs a function of the application that may wait, and returns when it has completed.</summary>
    /// <param name="import">The function.</param>
    /// <param name="store">Who calls.</param>
    /// <param name="slots">The arguments, which become the results. They are this call's for ever.</param>
    /// <param name="cancellationToken">Ends the guest, and the wait.</param>
    /// <exception cref="OperationCanceledException">The guest is to end; the function was not awaited.</exception>
    /// <exception cref="GuestTrapException">The function failed.</exception>
    void Wait(GuestImport import, GuestStore store, GuestSlot[] slots, CancellationToken cancellationToken);

    /// <summary>Waits until there is a place for a guest to compute, or the guest is to end.</summary>
    void WaitForPlace(GuestStore store);
}
