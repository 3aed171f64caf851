namespace WasiCloud.Embedding.Engine;

/// <summary>
/// The <c>Threads</c> executor: each guest owns a thread while it lives, from a set that grows as needed and shrinks when idle.
/// Guests never run on pool threads: 128 waiting guests on two cores took 29 s there and 0.15 s here (engine.md, section 4).
/// </summary>
internal sealed class GuestThreads(int stackBytes) : IDisposable
{
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();

    // The thread that was idle the shortest is used first, so that the others can end, and its stack is warm.
    private readonly Stack<Worker> _idle = [];
    private bool _isDisposed;

    /// <summary>Stack of each thread.</summary>
    public int StackBytes { get; } = stackBytes;

    /// <summary>Threads that exist.</summary>
    public int Count { get; private set; }

    /// <summary>Runs a guest.</summary>
    /// <returns>How it ended. The task's continuations do not run on the guest's thread.</returns>
    public Task<GuestOutcome> RunAsync(GuestRun run)
    {
        var work = new Work(run);
        Worker? worker;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (!_idle.TryPop(out worker))
            {
                worker = new Worker(this);
                Count++;
            }
        }

        worker.Start(work);
        return work.Task;
    }

    /// <summary>Ends idle threads; busy ones end when their guest does.</summary>
    public void Dispose()
    {
        Worker[] idle;
        lock (_lock)
        {
            _isDisposed = true;
            idle = [.. _idle];
            _idle.Clear();
        }

        foreach (var worker in idle) worker.Start(work: null);
    }

    private bool TryPark(Worker worker)
    {
        lock (_lock)
        {
            if (_isDisposed) return false;
            _idle.Push(worker);
            return true;
        }
    }

    // A thread that was idle for long ends, unless work is on its way to it.
    private bool TryRetire(Worker worker)
    {
        lock (_lock)
        {
            if (!_idle.Contains(worker)) return false;
            var others = _idle.Where(other => other != worker).Reverse().ToArray();
            _idle.Clear();
            foreach (var other in others) _idle.Push(other);
            return true;
        }
    }

    private void Ended()
    {
        lock (_lock) Count--;
    }

    private sealed class Work(GuestRun run) : TaskCompletionSource<GuestOutcome>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public void Execute(IPendingCallWaiter waiter)
        {
            try
            {
                SetResult(run.Execute(waiter));
            }
            catch (Exception exception)
            {
                SetException(exception);
            }
        }
    }

    private sealed class Worker : IDisposable
    {
        private readonly GuestThreads _owner;
        private readonly ParkingWaiter _waiter = new();
        private readonly SemaphoreSlim _signal = new(0);
        private readonly Thread _thread;
        private Work? _work;
        private bool _isStarted;

        public Worker(GuestThreads owner)
        {
            _owner = owner;
            _thread = new Thread(Run, owner.StackBytes) { IsBackground = true, Name = "WasiCloud guest" };
        }

        public void Start(Work? work)
        {
            _work = work;
            if (_isStarted)
            {
                _signal.Release();
                return;
            }

            _isStarted = true;
            _thread.UnsafeStart();
        }

        private void Run()
        {
            while (_work is { } work)
            {
                _work = null;
                work.Execute(_waiter);
                if (!_owner.TryPark(this)) break;
                if (!_signal.Wait(IdleTimeout))
                {
                    if (_owner.TryRetire(this)) break;
                    _signal.Wait();
                }
            }

            Dispose();
            _owner.Ended();
        }

        public void Dispose()
        {
            _signal.Dispose();
            _waiter.Dispose();
        }
    }

}
