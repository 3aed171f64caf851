using System.Runtime.CompilerServices;

namespace WasiCloud.Embedding.Rpc;

/// <summary>
/// How the calls of one service come to its servers: the oldest first, unless that has waited for long, each to one. Thread-safe; the service's lock guards it.
/// </summary>
/// <param name="gate">The service's lock.</param>
/// <param name="queue">What waits.</param>
/// <param name="deadlines">Until when.</param>
/// <param name="announce">Called, not under the lock, when more or fewer servers wait.</param>
/// <param name="expire">Ends the calls whose time is over; called not under the lock.</param>
internal sealed class RpcAcceptance(Lock gate, RpcQueue queue, RpcDeadlines deadlines, Action announce, Action expire)
{
    /// <summary>Whether there will be no further calls. Under the lock.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Takes the call that has waited longest, which the server then holds.</summary>
    /// <param name="acceptor">The server.</param>
    /// <param name="call">The call, or <see langword="null"/>.</param>
    /// <returns>Whether there will be none any more.</returns>
    public bool TryAccept(RpcAcceptor acceptor, out RpcCall? call)
    {
        bool isEnd;
        EndLate();
        lock (gate)
        {
            isEnd = TryAcceptLocked(acceptor, out call);
            queue.IsAskedFor = call is null && !isEnd;
        }

        if (call is null) announce();
        return isEnd;
    }

    /// <summary>Waits for a call, which the server then holds.</summary>
    /// <param name="acceptor">The server, which waits for nothing else.</param>
    /// <param name="cancellationToken">Ends the wait; the server gets no call.</param>
    /// <returns>The call, or <see langword="null"/> if there will be none any more.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<RpcCall?> AcceptAsync(RpcAcceptor acceptor, CancellationToken cancellationToken)
    {
        while (true)
        {
            var call = await AcceptOneAsync(acceptor, cancellationToken).ConfigureAwait(false);
            if (call is not { IsDone: true }) return call;

            // Its time was over, or its caller gone, before the server came to it.
            call.Release();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<RpcCall?> AcceptOneAsync(RpcAcceptor acceptor, CancellationToken cancellationToken)
    {
        EndLate();
        lock (gate)
        {
            if (TryAcceptLocked(acceptor, out var call) || call is not null) return call;
            acceptor.Woken.Reset();
            queue.Add(acceptor);
        }

        announce();

        var stopping = acceptor.Stopping.UnsafeRegister(static (state, _) => ((Action)state!)(), acceptor.Stopping.CanBeCanceled ? () => Wake(acceptor) : null);
        try
        {
            await acceptor.Woken.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Withdraw(acceptor);
            throw;
        }
        finally
        {
            await stopping.DisposeAsync().ConfigureAwait(false);
        }

        lock (gate)
        {
            var call = acceptor.Call;
            acceptor.Call = null;
            return call;
        }
    }

    /// <summary>Refuses further calls; what waits is still given out.</summary>
    public void Stop()
    {
        List<RpcAcceptor> waiting;
        lock (gate)
        {
            IsStopped = true;
            waiting = queue.RemoveServers();
        }

        foreach (var acceptor in waiting) acceptor.Woken.Set();
        announce();
    }

    // When there is too much to do, timers are late. A server is to work for those that still wait.
    private void EndLate()
    {
        bool isLate;
        lock (gate) isLate = queue.First is { } first && deadlines.IsOver(first);
        if (isLate) expire();
    }

    private bool TryAcceptLocked(RpcAcceptor acceptor, out RpcCall? call)
    {
        call = null;
        if (acceptor.Stopping.IsCancellationRequested) return true;
        if (queue.First is not { } first) return IsStopped;
        var next = queue.Next(deadlines.Elapsed(first))!;
        queue.Remove(next);
        next.Phase = RpcPhase.Accepted;
        if (next.IsOneWay) deadlines.Remove(next);
        call = next;
        return false;
    }

    // The guest is to take no more calls.
    private void Wake(RpcAcceptor acceptor)
    {
        lock (gate)
        {
            if (!queue.Remove(acceptor)) return;
        }

        acceptor.Woken.Set();
    }

    // A server that is ended while it waits. A call that it was given and never saw goes to the next one, before all others.
    private void Withdraw(RpcAcceptor acceptor)
    {
        RpcAcceptor? next;
        lock (gate)
        {
            queue.Remove(acceptor);
            if (acceptor.Call is not { } call) return;
            acceptor.Call = null;
            if (call.Phase == RpcPhase.Done)
            {
                next = null;
                call.Release();
            }
            else
            {
                next = queue.TryGive(call);
                if (next is null)
                {
                    queue.AddFirst(call);
                    if (call.IsOneWay) deadlines.Add(call);
                }
            }
        }

        next?.Woken.Set();
    }
}
