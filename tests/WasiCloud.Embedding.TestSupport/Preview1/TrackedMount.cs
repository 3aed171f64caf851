using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Tests.Preview1;

/// <summary>Puts a <see cref="Ledger"/> between the descriptor layer and a mount. The nodes wait at every step if the ledger suspends.</summary>
internal class TrackedMount(IVirtualMount inner, Ledger ledger) : IVirtualMount
{
    public async ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken)
    {
        await ledger.EnterAsync(nameof(AttachAsync), cancellationToken);
        return new TrackedDirectory(await inner.AttachAsync(context, cancellationToken), ledger);
    }

    public static IVirtualMount Of(IVirtualMount inner, Ledger ledger) =>
        ledger.Suspends ? new TrackedMount(inner, ledger) : new SynchronousTrackedMount(inner, ledger);

    private sealed class SynchronousTrackedMount(IVirtualMount inner, Ledger ledger) : TrackedMount(inner, ledger), ISynchronousMount;
}
