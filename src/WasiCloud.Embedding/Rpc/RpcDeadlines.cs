namespace WasiCloud.Embedding.Rpc;

/// <summary>The deadlines of one service's calls, in order, with one timer for all. Guarded by the service's lock.</summary>
/// <param name="timeout">From the end of the request on.</param>
/// <param name="timeProvider">The host's clock.</param>
/// <param name="expire">Called without the lock when a call may be due.</param>
internal sealed class RpcDeadlines(TimeSpan timeout, TimeProvider timeProvider, Action expire) : IDisposable
{
    // All calls have the same time, so the first sent is the first due.
    private readonly LinkedList<RpcCall> _calls = [];
    private ITimer? _timer;
    private bool _isArmed;

    /// <summary>Starts the time of a call.</summary>
    public void Add(RpcCall call)
    {
        if (timeout == Timeout.InfiniteTimeSpan) return;
        call.SentAt = timeProvider.GetTimestamp();
        _calls.AddLast(call.TimedNode);

        // A timer that is set already is due before this call is. So in a steady stream of calls, it is set once in a while.
        if (!_isArmed) Arm(timeout);
    }

    /// <summary>Ends the time of a call, if it has one.</summary>
    public void Remove(RpcCall call)
    {
        if (call.TimedNode.List is not null) _calls.Remove(call.TimedNode);
    }

    /// <summary>Whether the time of a call is over, though the timer may not have said so yet.</summary>
    public bool IsOver(RpcCall call) => call.TimedNode.List is not null && timeProvider.GetElapsedTime(call.SentAt) >= timeout;

    /// <summary>How much of its time a call has used; nothing, if it has no limit of time.</summary>
    public TimeSpan Elapsed(RpcCall call) => call.TimedNode.List is null ? TimeSpan.Zero : timeProvider.GetElapsedTime(call.SentAt);

    /// <summary>Finds a call that is due, and sees to it that the timer fires for the next.</summary>
    public RpcCall? TakeDue()
    {
        _isArmed = false;
        if (_calls.First is not { Value: var call }) return null;
        var rest = timeout - timeProvider.GetElapsedTime(call.SentAt);
        if (rest <= TimeSpan.Zero) return call;
        Arm(rest);
        return null;
    }

    public void Dispose() => _timer?.Dispose();

    private void Arm(TimeSpan dueTime)
    {
        _isArmed = true;
        if (_timer is null) _timer = timeProvider.CreateTimer(static expire => ((Action)expire!)(), expire, dueTime, Timeout.InfiniteTimeSpan);
        else _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
    }
}
