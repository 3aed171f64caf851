using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>One call of a function of the application that may wait: from its beginning to its end, or to that of the guest, which does not wait for the
/// function.</summary>
internal sealed class WaitingImport
{
    // Follows what the function does from thread to thread, so that a call of the guest that waits for it is found out: it would wait for itself.
    private static readonly AsyncLocal<WaitingImport?> s_current = new();

    private readonly WaitingImport? _outer = s_current.Value;
    private GuestStore? _store;

    private WaitingImport(GuestStore store) => _store = store;

    /// <summary>The call that what runs here belongs to.</summary>
    public static WaitingImport? Current => s_current.Value;

    /// <summary>Does something for a call on another thread.</summary>
    public static void Within(WaitingImport call, Action work)
    {
        var before = s_current.Value;
        s_current.Value = call;
        try
        {
            work();
        }
        finally
        {
            s_current.Value = before;
        }
    }

    /// <summary>Whether what runs here belongs to a call by a guest, or by one that this guest has called.</summary>
    public static bool IsOf(GuestStore store)
    {
        for (var call = s_current.Value; call is not null; call = call._outer)
        {
            for (var caller = call._store; caller is not null; caller = caller.Outer)
            {
                if (caller == store) return true;
            }
        }

        return false;
    }

    /// <summary>Calls the function and waits for it.</summary>
    /// <param name="import">The function.</param>
    /// <param name="store">Who calls, and stands still.</param>
    /// <param name="slots">The arguments, which become the results. They are this call's for ever.</param>
    /// <param name="cancellationToken">Ends the guest, and the wait.</param>
    /// <returns>Completes when the guest can go on, or is to end.</returns>
    /// <exception cref="OperationCanceledException">The guest is to end.</exception>
    /// <exception cref="GuestTrapException">The function failed.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<Errno> CompleteAsync(GuestImport import, GuestStore store, GuestSlot[] slots, CancellationToken cancellationToken)
    {
        var call = new WaitingImport(store);
        var caller = new GuestAsyncCaller(ImportInvocation.CallerOf(store), cancellationToken);
        try
        {
            var pending = call.Begin(import, slots, caller);
            if (pending.IsCompleted) await pending.ConfigureAwait(false);
            else await pending.AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
            return Errno.Success;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested || store.MustStop)
        {
            throw;
        }
        catch (Exception exception)
        {
            throw ImportInvocation.Failure(import, exception);
        }
        finally
        {
            caller.End();
            call._store = null;
        }
    }

    // Where an application's thread calls the guest, it blocks there: what the function awaits must not go on on that thread.
    private ValueTask Begin(GuestImport import, GuestSlot[] slots, GuestAsyncCaller caller)
    {
        var context = SynchronizationContext.Current;
        if (context is not null) SynchronizationContext.SetSynchronizationContext(null);
        s_current.Value = this;
        try
        {
            return import.WaitingBody!(slots, caller);
        }
        finally
        {
            s_current.Value = _outer;
            if (context is not null) SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
