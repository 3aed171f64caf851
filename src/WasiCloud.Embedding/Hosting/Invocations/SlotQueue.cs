using System.Diagnostics;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>Those that wait for slots, of all modules and tenants. Belongs to <see cref="InvocationSlots"/>, whose lock guards it.</summary>
/// <param name="timeout">How long one waits.</param>
/// <param name="timeProvider">Tells how long they wait.</param>
/// <param name="wake">
/// Called, without the lock, when somebody has waited for so long: <see cref="TakeOverdue"/> and <see cref="WakeAgain"/> are to follow.
/// </param>
internal sealed class SlotQueue(TimeSpan timeout, TimeProvider timeProvider, Action wake) : IDisposable
{
    private int _count;

    // Groups of which each guest takes more than one slot.
    private int _large;

    // One for all: those of a group come in the order in which they are to give up.
    private ITimer? _timer;

    /// <summary>How many wait. May be read without the lock.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Whose guests wait; the first of those that run fewest is next.</summary>
    public LinkedList<SlotOwner> Owners { get; } = new();

    /// <summary>The groups that somebody waits in.</summary>
    public IEnumerable<SlotGroup> Groups => Owners.SelectMany(static owner => owner.Queue);

    /// <summary>Whether somebody waits for more than one slot.</summary>
    public bool HasLarge => _large > 0;

    public void Dispose() => _timer?.Dispose();

    /// <summary>An invocation begins to wait, behind all others of its group.</summary>
    public void Add(SlotGroup slots, in SlotClaim claim, SlotTurn turn)
    {
        if (slots.Waiting.Count == 0) Enlist(slots);
        slots.Owner.Waiting++;
        if (_count++ == 0) WakeAfter(timeout);
        turn.Begin(slots, claim, timeProvider.GetTimestamp());
        slots.Waiting.AddLast(turn.Node);
    }

    /// <summary>One waits no more.</summary>
    public SlotTurn Remove(SlotTurn turn)
    {
        var slots = turn.Slots;
        slots.Waiting.Remove(turn.Node);
        _count--;
        slots.Owner.Waiting--;
        if (slots.Waiting.Count == 0) Delist(slots);
        turn.Unfollow();
        return turn;
    }

    /// <summary>Takes the next of a group, which is behind the others then, as is its owner.</summary>
    public SlotTurn Take(SlotGroup slots)
    {
        var first = slots.Waiting.First;
        Debug.Assert(first is not null, "A group without callers has no turn.");
        var next = Remove(slots.Next(timeProvider.GetElapsedTime(first.Value.Arrived)).Value);
        if (slots.Waiting.Count > 0) Rotate(slots.Owner.Queue, slots.Turn);
        if (slots.Owner.Waiting > 0) Rotate(Owners, slots.Owner.Turn);
        return next;
    }

    /// <summary>Takes those that have waited for too long.</summary>
    public IEnumerable<SlotTurn> TakeOverdue()
    {
        var now = timeProvider.GetTimestamp();
        foreach (var slots in Groups.ToArray())
        {
            var waiting = slots.Waiting;
            while (waiting.First is { } first && LeftOf(first.Value, now) <= TimeSpan.Zero) yield return Remove(first.Value);
        }
    }

    /// <summary>Wakes again when the next has waited for too long, if anybody waits.</summary>
    public void WakeAgain()
    {
        if (_count == 0) return;
        var (next, now) = (timeout, timeProvider.GetTimestamp());
        foreach (var slots in Groups)
        {
            var left = LeftOf(slots.Waiting.First!.Value, now);
            next = left < next ? left : next;
        }

        WakeAfter(next > TimeSpan.Zero ? next : TimeSpan.Zero);
    }

    private void Enlist(SlotGroup slots)
    {
        if (slots.Owner.Queue.Count == 0) Owners.AddLast(slots.Owner.Turn);
        slots.Owner.Queue.AddLast(slots.Turn);
        if (slots.PerGuest > 1) _large++;
    }

    private void Delist(SlotGroup slots)
    {
        slots.Owner.Queue.Remove(slots.Turn);
        if (slots.Owner.Queue.Count == 0) Owners.Remove(slots.Owner.Turn);
        if (slots.PerGuest > 1) _large--;
    }

    private static void Rotate<T>(LinkedList<T> list, LinkedListNode<T> node)
    {
        list.Remove(node);
        list.AddLast(node);
    }

    private TimeSpan LeftOf(SlotTurn turn, long now) => timeout - timeProvider.GetElapsedTime(turn.Arrived, now);

    private void WakeAfter(TimeSpan time)
    {
        if (_timer is not null)
        {
            _timer.Change(time, Timeout.InfiniteTimeSpan);
            return;
        }

        // It lives as long as this, and nothing of the first who waits is to.
        if (ExecutionContext.IsFlowSuppressed())
        {
            _timer = CreateTimer(time);
            return;
        }

        using (ExecutionContext.SuppressFlow()) _timer = CreateTimer(time);
    }

    private ITimer CreateTimer(TimeSpan time) => timeProvider.CreateTimer(static wake => ((Action)wake!)(), wake, time, Timeout.InfiniteTimeSpan);
}
