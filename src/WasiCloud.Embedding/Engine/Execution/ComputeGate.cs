namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>
/// The places for guests that compute: about as many as the machine has cores, whatever the number of guests that live. Who waits for something needs none.
/// Modules and tenants share them by what they have used, not by how many
/// guests they have. Thread-safe.
/// </summary>
/// <remarks>While nobody waits for a place, taking one is one interlocked instruction, and giving it back another.</remarks>
internal sealed class ComputeGate
{
    private const long OverdueMilliseconds = 25;

    // The gate whose places this thread gives on.
    [ThreadStatic]
    private static ComputeGate? t_distributed;

    private readonly Lock _lock = new();
    private readonly ComputeTurn?[] _places;
    private readonly int _count;
    private readonly long _overdueMilliseconds;
    private readonly TimeProvider _clock;

    // The shares that somebody waits of; the first of those that have used least is next.
    private readonly LinkedList<ComputeShare> _shares = new();
    private long _least;
    private int _waiting;

    /// <summary>All places are free.</summary>
    /// <param name="count">The number of places.</param>
    /// <param name="overdueMilliseconds">
    /// A guest that has not been seen for so long is in a call of the host, which may wait for another guest: its place is given to the next.
    /// </param>
    /// <param name="clock">Tells how long guests wait; by default the system's.</param>
    /// <param name="spares">
    /// Further places, for guests that begin while nobody waits or whose like have been brief, and only until their first tick: most are done by then, and
    /// waiting would cost them as much as running.
    /// </param>
    public ComputeGate(int count, long overdueMilliseconds = OverdueMilliseconds, TimeProvider? clock = null, int spares = 0) =>
        (_places, _count, _overdueMilliseconds, _clock) = (new ComputeTurn?[count + spares], count, overdueMilliseconds, clock ?? TimeProvider.System);

    /// <summary>Whether this thread gives places on: then it is in the middle of something else, and what continues on it must be quick.</summary>
    public static bool IsDistributing => t_distributed is not null;

    /// <summary>How many wait for a place.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Takes a place, if there is one and nobody waits.</summary>
    public bool TryEnter(ComputeTurn turn) => Waiting == 0 && TryPlace(turn, 0, _count);

    /// <summary>As <see cref="TryEnter"/>, or takes a spare place, of which <see cref="Has"/> says nothing.</summary>
    public bool TryBegin(ComputeTurn turn)
    {
        var nobodyWaits = Waiting == 0;
        if (nobodyWaits && TryPlace(turn, 0, _count)) return true;
        return (nobodyWaits || turn.Share.IsBrief) && TryPlace(turn, _count, _places.Length - _count);
    }

    /// <summary>Whether a guest may begin though others wait, as things are.</summary>
    public bool MayBegin(ComputeShare share) => share.IsBrief && HasPlace(_count, _places.Length - _count);

    /// <summary>Waits for a place. <see cref="ComputeTurn.GoOn"/> is called when there is one, perhaps before this returns.</summary>
    public void Wait(ComputeTurn turn)
    {
        lock (_lock)
        {
            if (turn.Share.Waiting == 0)
            {
                turn.Share.Begin(_least);
                _shares.AddLast(turn.Share.Node);
            }

            turn.Share.Add(turn, _clock.GetTimestamp());
            Interlocked.Increment(ref _waiting);
        }

        Distribute();
    }

    /// <summary>Ends the wait of a guest that still waits: one that is to end needs no place.</summary>
    public void GiveUp(ComputeTurn turn)
    {
        lock (_lock)
        {
            if (turn.Node.List is null) return;
            turn.Share.Remove(turn);
            Removed(turn.Share);
        }

        turn.GoOn();
    }

    /// <summary>Gives the place of a guest, if it still has one, to the next.</summary>
    public void Leave(ComputeTurn turn)
    {
        Interlocked.CompareExchange(ref _places[turn.Place], null, turn);
        if (Waiting != 0) Distribute();
    }

    /// <summary>Gives the place of a guest to another, if it still has one.</summary>
    public void HandOver(ComputeTurn turn, ComputeTurn other)
    {
        other.Taking(turn.Place);
        Interlocked.CompareExchange(ref _places[turn.Place], other, turn);
    }

    /// <summary>Whether a guest that computes is to let another have its place.</summary>
    public bool MustYield(ComputeTurn turn)
    {
        if (Waiting == 0) return false;
        lock (_lock)
        {
            if (Least() is not { } least) return false;
            return least == turn.Share ? least.HasBefore(turn) : least.Used < turn.Share.Used;
        }
    }

    /// <summary>Whether a guest has a place.</summary>
    public bool Has(ComputeTurn turn) => turn.Place < _count && Volatile.Read(ref _places[turn.Place]) == turn;

    /// <summary>Gives places on that are not used. To be called every few milliseconds.</summary>
    public void TakeBackOverdue()
    {
        if (Waiting == 0) return;
        var now = Environment.TickCount64;
        for (var place = 0; place < _places.Length; place++)
        {
            if (Volatile.Read(ref _places[place]) is { } turn && now - turn.Seen > _overdueMilliseconds)
                Interlocked.CompareExchange(ref _places[place], null, turn);
        }

        Distribute();
    }

    // The guest that continues may end, and give its place back, before this returns: then the loop that called it passes the place on, however many do so.
    private void Distribute()
    {
        if (t_distributed == this) return;
        var outer = t_distributed;
        t_distributed = this;
        DistributeAll();
        t_distributed = outer;
    }

    private void DistributeAll()
    {
        while (true)
        {
            ComputeTurn next;
            lock (_lock)
            {
                if (Least() is not { } share || !HasPlace(0, _count)) return;
                next = share.Take(_clock);
                _least = Math.Max(_least, share.Used);
                Removed(share);

                // Whoever saw nobody wait a moment ago may take the place all the same.
                if (!TryPlace(next, 0, _count))
                {
                    if (share.Waiting == 0) _shares.AddLast(share.Node);
                    share.Add(next, next.WaitsSince);
                    Interlocked.Increment(ref _waiting);
                    continue;
                }
            }

            // Not in the lock: it may make a thread.
            next.GoOn();
        }
    }

    private ComputeShare? Least()
    {
        var least = _shares.First;
        for (var node = least?.Next; node is not null; node = node.Next)
        {
            if (node.Value.Used < least!.Value.Used) least = node;
        }

        return least?.Value;
    }

    private void Removed(ComputeShare share)
    {
        Interlocked.Decrement(ref _waiting);
        _shares.Remove(share.Node);

        // Behind those that have used as much.
        if (share.Waiting > 0) _shares.AddLast(share.Node);
    }

    private bool HasPlace(int first, int count) => Array.IndexOf(_places, null, first, count) >= 0;

    private bool TryPlace(ComputeTurn turn, int first, int count)
    {
        if (count == 0) return false;

        // Not all begin with the same.
        var start = (int)((uint)Environment.CurrentManagedThreadId % (uint)count);
        for (var step = 0; step < count; step++)
        {
            var place = first + (start + step < count ? start + step : start + step - count);
            if (Volatile.Read(ref _places[place]) is not null) continue;

            // Before the place is known to be this guest's: from then on others look at these.
            turn.Taking(place);
            if (Interlocked.CompareExchange(ref _places[place], turn, null) is null) return true;
        }

        return false;
    }
}
