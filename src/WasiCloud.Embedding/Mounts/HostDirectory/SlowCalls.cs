using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>
/// Carries out calls of the kernel that can neither be cut into pieces nor cut short, on threads where they hold no guest: <c>fsync</c>,
/// and what frees a large file. A guest that is to end does not wait for them. Thread-safe.
/// </summary>
/// <remarks>
/// Threads are begun when all others are busy and end when there has been nothing to do for a while. Once there have been as many at one
/// time, a call allocates nothing.
/// </remarks>
#pragma warning disable CA1001 // The semaphore has no handle as long as nobody asks for one.
internal sealed class SlowCalls
#pragma warning restore CA1001
{
    /// <summary>A disk that hangs holds this many threads of one mount and no more; what comes later waits without one.</summary>
    public const int MaxThreads = 16;

    // Descriptors that wait to be closed. What comes later is closed where it is.
    private const int MaxClosing = 1024;

    // What the C library needs for a call of the kernel is less than a page.
    private const int StackBytes = 256 << 10;

    private static readonly TimeSpan s_idleTime = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly LinkedList<SlowCall> _waiting = [];
    private readonly Stack<SlowCall> _spare = [];
    private readonly SemaphoreSlim _signal = new(0);
    private int _threads;
    private int _busy;

    /// <summary>How many threads there are.</summary>
    public int ThreadCount
    {
        get
        {
            lock (_lock) return _threads;
        }
    }

    /// <summary>Does something on one of the threads.</summary>
    /// <param name="descriptor">What it is about; kept open until it is done, also if nobody waits for that.</param>
    /// <param name="work">What to do with it.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end: what has not begun is not done then, and what has begun is not waited for.</param>
    /// <param name="other">What else is kept open.</param>
    public ValueTask<Errno> RunAsync(
        HostDescriptor descriptor, Func<HostDescriptor, Errno> work, CancellationToken cancellationToken, HostDescriptor? other = null)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<Errno>(cancellationToken);
        var call = Take();
        call.Prepare(descriptor, other, work);
        var task = call.Task;
        call.Follow(cancellationToken);
        Enqueue(call);
        return task;
    }

    /// <summary>Closes a descriptor when a thread has time. Nobody is told what the kernel says.</summary>
    public void Close(HostDescriptor descriptor)
    {
        bool hasRoom;
        lock (_lock) hasRoom = _waiting.Count < MaxClosing;
        if (hasRoom)
        {
            var call = new SlowCall(this);
            call.Prepare(descriptor, other: null, static _ => Errno.Success);
            Enqueue(call);
        }

        // Closed by whoever lets go of it last.
        descriptor.Dispose();
    }

    /// <summary>A call that is over serves another time.</summary>
    public void Return(SlowCall call)
    {
        lock (_lock)
        {
            if (_spare.Count < MaxThreads) _spare.Push(call);
        }
    }

    /// <summary>Nobody waits for a call any more.</summary>
    /// <returns>Whether it was not over.</returns>
    public bool TryGiveUp(SlowCall call)
    {
        SlowCallState before;
        lock (_lock)
        {
            before = call.State;
            if (before is SlowCallState.GivenUp or SlowCallState.Done) return false;
            if (before == SlowCallState.Waiting) _waiting.Remove(call.Node!);
            call.State = SlowCallState.GivenUp;
        }

        if (before != SlowCallState.Running) call.LetGo();
        return true;
    }

    private SlowCall Take()
    {
        lock (_lock) return _spare.TryPop(out var call) ? call : new SlowCall(this);
    }

    private void Enqueue(SlowCall call)
    {
        bool needsThread;
        lock (_lock)
        {
            if (call.State != SlowCallState.New) return;
            call.State = SlowCallState.Waiting;
            _waiting.AddLast(call.Node!);
            needsThread = _threads - _busy < _waiting.Count && _threads < MaxThreads;
            if (needsThread) _threads++;
        }

        _signal.Release();
        if (needsThread) StartThread();
    }

    private void StartThread()
    {
        try
        {
            new Thread(Run, StackBytes) { IsBackground = true, Name = "WasiCloud host folder" }.UnsafeStart();
        }
        catch (OutOfMemoryException)
        {
            // The others carry it out.
            lock (_lock)
            {
                if (--_threads > 0) return;
            }

            throw;
        }
    }

    private void Run()
    {
        while (true)
        {
            var isSignalled = _signal.Wait(s_idleTime);
            SlowCall? call;
            lock (_lock)
            {
                call = _waiting.First?.Value;
                if (call is null)
                {
                    // What was given up has left its signal.
                    if (isSignalled) continue;
                    _threads--;
                    return;
                }

                // Without a signal, somebody is about to give it; it does no harm later.
                _waiting.RemoveFirst();
                call.State = SlowCallState.Running;
                _busy++;
            }

            CarryOut(call);
        }
    }

    private void CarryOut(SlowCall call)
    {
        Exception? failure = null;
        var error = Errno.Success;
        try
        {
            error = call.Execute();
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        lock (_lock)
        {
            _busy--;
            if (call.State == SlowCallState.GivenUp) return;
            call.State = SlowCallState.Done;
        }

        call.Complete(error, failure);
    }
}
