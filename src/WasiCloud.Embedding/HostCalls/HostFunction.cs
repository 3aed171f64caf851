using System.Runtime.CompilerServices;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Guests;

namespace WasiCloud.Embedding.HostCalls;

/// <summary>The half of a host call that runs on the guest's stack: completes, or returns <see cref="Suspension.Required"/> having changed nothing.</summary>
internal delegate Errno SynchronousHalf(GuestContext guest, in CallArguments arguments);

/// <summary>The half that may wait. It never runs on the guest's stack.</summary>
internal delegate ValueTask<Errno> PendingHalf(GuestContext guest, CallArguments arguments, Suspension suspension);

/// <summary>One function that guests import: its name, signature and two halves.</summary>
internal sealed class HostFunction
{
    /// <summary>Not an errno of the ABI: the guest asked to end (<c>proc_exit</c>).</summary>
    public const Errno Exit = (Errno)(ushort.MaxValue - 1);

    private readonly SynchronousHalf _synchronous;
    private readonly PendingHalf? _pending;

    private HostFunction(string module, string name, WasmValueType[] parameters, bool returnsErrno, SynchronousHalf synchronous, PendingHalf? pending) =>
        (Module, Name, Parameters, ReturnsErrno, _synchronous, _pending) = (module, name, parameters, returnsErrno, synchronous, pending);

    public string Module { get; }

    public string Name { get; }

    public IReadOnlyList<WasmValueType> Parameters { get; }

    /// <summary>Whether there is a result; <c>proc_exit</c> has none.</summary>
    public bool ReturnsErrno { get; }

    /// <summary>Whether there is a pending half.</summary>
    public bool MayWait => _pending is not null;

    /// <summary>A function that never waits.</summary>
    public static HostFunction Immediate(string module, string name, WasmValueType[] parameters, SynchronousHalf body, bool returnsErrno = true) =>
        new(module, name, parameters, returnsErrno, body, pending: null);

    /// <summary>A function with a synchronous half of its own, for speed.</summary>
    public static HostFunction WithHalves(string module, string name, WasmValueType[] parameters, SynchronousHalf synchronous, PendingHalf pending) =>
        new(module, name, parameters, returnsErrno: true, synchronous, pending);

    /// <summary>A function whose two halves are one body, run with waiting forbidden or allowed.</summary>
    public static HostFunction OneBody(string module, string name, WasmValueType[] parameters, PendingHalf body) =>
        new(module, name, parameters, returnsErrno: true, RunSynchronously(body), body);

    /// <summary>Runs the synchronous half.</summary>
    /// <returns>An errno, <see cref="Exit"/>, or <see cref="Suspension.Required"/>, after which <see cref="CompleteAsync"/> is to be run.</returns>
    public Errno Begin(GuestContext guest, in CallArguments arguments)
    {
        Errno result;
        guest.Trace?.HostCallBegins(guest);
        try
        {
            result = BeginUnguarded(guest, arguments);
        }
        catch (Exception exception)
        {
            result = Fail(guest, exception);
        }

        if (guest.Trace is not null && result != Suspension.Required) guest.Trace.HostCallEnded(this, arguments, result);
        return result;
    }

    /// <summary>Runs the synchronous half where no log may be written: an exception is the caller's, who passes it to <see cref="Fail"/> elsewhere.</summary>
    public Errno BeginUnguarded(GuestContext guest, in CallArguments arguments) => _synchronous(guest, arguments);

    /// <summary>
    /// Runs the pending half. What it computes until this returns is the caller's to count; the rest is in <see cref="GuestContext.TakeUncounted"/>.
    /// </summary>
    /// <returns>An errno. Cancellation is the only exception.</returns>
    public ValueTask<Errno> CompleteAsync(GuestContext guest, in CallArguments arguments, CancellationToken cancellationToken)
    {
        Pieces.Enter(guest);
        var completion = CarryOutAsync(guest, arguments, cancellationToken);
        Pieces.Leave();
        return completion;
    }

    /// <summary>A mount or this library threw: one log entry, and <see cref="Errno.IO"/> for the guest, unless the exception is an errno itself.</summary>
    public Errno Fail(GuestContext guest, Exception exception)
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

    private static SynchronousHalf RunSynchronously(PendingHalf body) =>
        (guest, in arguments) => CompletedTask.Take(body(guest, arguments, Suspension.Forbidden));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Errno> CarryOutAsync(GuestContext guest, CallArguments arguments, CancellationToken cancellationToken)
    {
        Errno result;
        try
        {
            result = await _pending!(guest, arguments, Suspension.Allowed(cancellationToken)).ConfigureAwait(false);
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

        guest.Trace?.HostCallEnded(this, arguments, result);
        return result;
    }
}
