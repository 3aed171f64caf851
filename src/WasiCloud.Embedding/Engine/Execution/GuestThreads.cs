namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>
/// The <c>Threads</c> executor: each guest owns a thread while it lives, from a set that grows as needed and shrinks when idle.
/// Guests never run on pool threads: 128 waiting guests on two cores took 29 s there and 0.15 s here.
/// </summary>
/// <param name="stackBytes">Stack of each thread.</param>
/// <param name="idleTimeout">How long a thread waits for another guest before it ends.</param>
internal sealed class GuestThreads(int stackBytes, TimeSpan idleTimeout) : IAsyncDisposable
{
    private readonly Lock _lock = new();

    // The thread that was idle the shortest is used first, so that the others can end, and its stack is warm.
    private readonly List<GuestThread> _idle = [];
    private readonly TaskCompletionSource _allEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isDisposed;
    private int _count;

    /// <summary>Stack of each thread.</summary>
    public int StackBytes { get; } = stackBytes;

    /// <summary>How long a thread waits for another guest before it ends.</summary>
    public TimeSpan IdleTimeout { get; } = idleTimeout;

    /// <summary>Threads that exist.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Runs a command.</summary>
    /// <returns>How it ended. Its continuation does not run on the guest's thread.</returns>
    public ValueTask<GuestOutcome> RunAsync(GuestStore store, long deadline, long fuel = GuestStore.UnlimitedFuel)
    {
        var outcome = store.Work.Begin(deadline, fuel);
        if (store.Turn.TryBegin()) RunNow(store);
        else store.Work.WaitForPlace(this);
        return outcome;
    }

    /// <summary>Gives a thread something to do.</summary>
    public void Run(IGuestWork work)
    {
        if (GuestThread.TryContinue(this, work)) return;
        var thread = Take();
        try
        {
            thread.Start(work);
        }
        catch (Exception)
        {
            // The system gave no thread.
            Ended();
            throw;
        }
    }

    /// <summary>Ends idle threads, and waits for busy ones, which end when their guest does.</summary>
    public ValueTask DisposeAsync()
    {
        GuestThread[] idle;
        lock (_lock)
        {
            _isDisposed = true;
            idle = [.. _idle];
            _idle.Clear();
            if (_count == 0) _allEnded.TrySetResult();
        }

        foreach (var thread in idle) thread.Start(work: null);
        return new ValueTask(_allEnded.Task);
    }

    /// <summary>Offers a thread for the next guest.</summary>
    /// <returns>Whether it is to wait; otherwise it ends.</returns>
    public bool TryPark(GuestThread thread)
    {
        lock (_lock)
        {
            if (!_isDisposed) _idle.Add(thread);
            return !_isDisposed;
        }
    }

    /// <summary>Takes a thread back that nobody wanted for long.</summary>
    /// <returns>Whether it ends; otherwise work, or the order to end, is on its way to it.</returns>
    public bool TryRetire(GuestThread thread)
    {
        lock (_lock) return _idle.Remove(thread);
    }

    /// <summary>A thread has ended, or could not start.</summary>
    public void Ended()
    {
        lock (_lock)
        {
            if (--_count == 0 && _isDisposed) _allEnded.TrySetResult();
        }
    }

    private void RunNow(GuestStore store)
    {
        try
        {
            Run(store.Work);
        }
        catch (Exception)
        {
            store.Turn.Leave();
            throw;
        }
    }

    private GuestThread Take()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_idle.Count == 0)
            {
                _count++;
                return new GuestThread(this);
            }

            var thread = _idle[^1];
            _idle.RemoveAt(_idle.Count - 1);
            return thread;
        }
    }
}
