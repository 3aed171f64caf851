using System.Diagnostics;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>Those that wait for slots, of all modules. Belongs to <see cref="InvocationSlots"/>, whose lock guards it.</summary>
/// <param name="timeout">How long one waits.</param>
/// <param name="timeProvider">Tells how long they wait.</param>
/// <param name="wake">
/// Called, without the lock, when somebody has waited for so long: <see cref="TakeOverdue"/> and <see cref="WakeAgain"/> are to follow.
/// </param>
internal sealed class SlotQueue(TimeSpan timeout, TimeProvider timeProvider, Action wake) : IDisposable
{
    private int _count;

    // One for all: those of a module come in the order in which they are to give up.
    private ITimer? _timer;

    /// <summary>How many wait. May be read without the lock.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The modules that somebody waits for; the first of those that run fewest is next.</summary>
    public LinkedList<ModuleSlots> Modules { get; } = new();

    public void Dispose() => _timer?.Dispose();

    /// <summary>An invocation begins to wait, behind all others of its module.</summary>
    public void Add(ModuleSlots slots, SlotTurn turn)
    {
        if (slots.Waiting.Count == 0) Modules.AddLast(slots.Turn);
        if (_count++ == 0) WakeAfter(timeout);
        turn.Begin(slots, timeProvider.GetTimestamp());
        slots.Waiting.AddLast(turn.Node);
    }

    /// <summary>One waits no more.</summary>
    public SlotTurn Remove(SlotTurn turn)
    {
        var slots = turn.Slots;
        slots.Waiting.Remove(turn.Node);
        _count--;
        if (slots.Waiting.Count == 0) Modules.Remove(slots.Turn);
        turn.Unfollow();
        return turn;
    }

    /// <summary>Takes the next of a module, which is behind the others then.</summary>
    public SlotTurn Take(ModuleSlots slots)
    {
        var first = slots.Waiting.First;
        Debug.Assert(first is not null, "A module without callers has no turn.");
        var next = Remove(slots.Next(timeProvider.GetElapsedTime(first.Value.Arrived)).Value);
        if (slots.Waiting.Count == 0) return next;
        Modules.Remove(slots.Turn);
        Modules.AddLast(slots.Turn);
        return next;
    }

    /// <summary>Takes those that have waited for too long.</summary>
    public IEnumerable<SlotTurn> TakeOverdue()
    {
        var now = timeProvider.GetTimestamp();
        for (var node = Modules.First; node is not null;)
        {
            var waiting = node.Value.Waiting;
            node = node.Next;
            while (waiting.First is { } first && LeftOf(first.Value, now) <= TimeSpan.Zero) yield return Remove(first.Value);
        }
    }

    /// <summary>Wakes again when the next has waited for too long, if anybody waits.</summary>
    public void WakeAgain()
    {
        if (_count == 0) return;
        var (next, now) = (timeout, timeProvider.GetTimestamp());
        foreach (var slots in Modules)
        {
            var left = LeftOf(slots.Waiting.First!.Value, now);
            next = left < next ? left : next;
        }

        WakeAfter(next > TimeSpan.Zero ? next : TimeSpan.Zero);
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
