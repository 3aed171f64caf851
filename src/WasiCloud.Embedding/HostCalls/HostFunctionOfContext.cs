using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.HostCalls;

/// <summary>
/// The half of a host call that runs on the guest's stack: completes, or returns <see cref="HostCallOutcome.MustWait"/> having changed nothing.
/// </summary>
internal delegate HostCallOutcome SynchronousHalf<TContext>(TContext guest, in CallArguments arguments);

/// <summary>The half that may wait. It never runs on the guest's stack.</summary>
internal delegate ValueTask<Errno> PendingHalf<TContext>(TContext guest, CallArguments arguments, CancellationToken cancellationToken);

/// <summary>A function of an ABI, over the ABI's own context.</summary>
/// <param name="signature">How guests import it.</param>
/// <param name="synchronous">Its synchronous half.</param>
/// <param name="pending">Its pending half, unless it never waits.</param>
internal sealed class HostFunction<TContext>(HostCallSignature signature, SynchronousHalf<TContext> synchronous, PendingHalf<TContext>? pending)
    : HostFunction(signature)
    where TContext : HostCallContext
{
    public override bool MayWait => pending is not null;

    public override Type ContextType => typeof(TContext);

    // Checked once for each guest instead of at each call.
    public override HostCallOutcome BeginUnguarded(HostCallContext guest, in CallArguments arguments) => synchronous(Unsafe.As<TContext>(guest), arguments);

    protected override ValueTask<Errno> CompleteUnguardedAsync(HostCallContext guest, in CallArguments arguments, CancellationToken cancellationToken) =>
        pending!(Unsafe.As<TContext>(guest), arguments, cancellationToken);
}
