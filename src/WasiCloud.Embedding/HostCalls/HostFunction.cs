using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.HostCalls;

/// <summary>One function that guests import: its signature and two halves. <see cref="HostFunction{TContext}"/> has the halves.</summary>
internal abstract class HostFunction(HostCallSignature signature)
{
    public HostCallSignature Signature => signature;

    public string Module => signature.Module;

    public string Name => signature.Name;

    public IReadOnlyList<HostCallParameter> Parameters => signature.Parameters;

    /// <summary>Whether there is a result; <c>proc_exit</c> has none.</summary>
    public bool ReturnsErrno => signature.ReturnsErrno;

    /// <summary>Whether there is a pending half.</summary>
    public abstract bool MayWait { get; }

    /// <summary>The guest's context that it was written against.</summary>
    public abstract Type ContextType { get; }

    /// <summary>Runs the synchronous half.</summary>
    /// <returns>An outcome, or <see cref="HostCallOutcome.MustWait"/>, after which <see cref="CompleteAsync"/> is to be run.</returns>
    public HostCallOutcome Begin(HostCallContext guest, in CallArguments arguments)
    {
        try
        {
            return BeginUnguarded(guest, arguments);
        }
        catch (Exception exception)
        {
            return Fail(guest, exception);
        }
    }

    /// <summary>Runs the synchronous half where no log may be written: an exception is the caller's, who passes it to <see cref="Fail"/> elsewhere.</summary>
    /// <param name="guest">Of the <see cref="ContextType"/>, which <see cref="HostCallTable.For"/> checked.</param>
    /// <param name="arguments">The arguments.</param>
    public abstract HostCallOutcome BeginUnguarded(HostCallContext guest, in CallArguments arguments);

    /// <summary>
    /// Runs the pending half. What it computes until this returns is the caller's to count; the rest is in <see cref="HostCallContext.TakeUncounted"/>.
    /// </summary>
    /// <returns>An errno. Cancellation is the only exception.</returns>
    public ValueTask<Errno> CompleteAsync(HostCallContext guest, in CallArguments arguments, CancellationToken cancellationToken)
    {
        Pieces.Enter(guest);
        var completion = CarryOutAsync(guest, arguments, cancellationToken);
        Pieces.Leave();
        return completion;
    }

    /// <summary>A mount or this library threw: one log entry, and <see cref="Errno.IO"/> for the guest, unless the exception is an errno itself.</summary>
    public Errno Fail(HostCallContext guest, Exception exception)
    {
        try
        {
            guest.Abandon();
        }
        catch (Exception another)
        {
            guest.Diagnostics.HostCallFailed(Name, guest.CurrentPath, another);
        }

        var known = exception as ErrnoException;
        if ((known is null ? exception : known.InnerException) is { } cause) guest.Diagnostics.HostCallFailed(Name, guest.CurrentPath, cause);
        return known?.Error ?? Errno.IO;
    }

    /// <summary>Runs the pending half.</summary>
    protected abstract ValueTask<Errno> CompleteUnguardedAsync(HostCallContext guest, in CallArguments arguments, CancellationToken cancellationToken);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Errno> CarryOutAsync(HostCallContext guest, CallArguments arguments, CancellationToken cancellationToken)
    {
        Errno result;
        try
        {
            result = await CompleteUnguardedAsync(guest, arguments, cancellationToken).ConfigureAwait(false);
            if (!result.IsDefined()) throw new InvalidOperationException(FormattableString.Invariant($"A mount answered {(int)result}, which is no errno."));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested || guest.MustStop)
        {
            guest.Abandon();
            throw;
        }
        catch (Exception exception)
        {
            result = Fail(guest, exception);
        }
        finally
        {
            // Before whoever waits for it goes on, perhaps on this thread.
            Pieces.Leave();
            guest.RevokeBuffers();
        }

        return result;
    }
}
