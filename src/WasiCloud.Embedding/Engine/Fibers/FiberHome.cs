namespace WasiCloud.Embedding.Engine.Fibers;

/// <summary>A thread whose stack lies above an engine's fibers: what a thread below them must not do, it hands over to this one. Thread-safe.</summary>
internal sealed class FiberHome : IDisposable
{
    // More than the C library keeps of ended threads' stacks (40 MiB): a new stack is mapped at the top, an old one may lie anywhere. Only what is used of it
    // takes memory.
    private const int StackBytes = 64 << 20;

    private readonly Lock _lock = new();
    private readonly Queue<Action> _actions = [];
    private readonly SemaphoreSlim _signal = new(0);
    private bool _isDisposed;

    public FiberHome() => new Thread(Run, StackBytes) { IsBackground = true, Name = "WasiCloud fibers" }.UnsafeStart();

    /// <summary>Does something on the thread, after what was handed over before.</summary>
    public void Post(Action action)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _actions.Enqueue(action);
        }

        _signal.Release();
    }

    /// <summary>Ends the thread after what was handed over. Does not wait for it.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed) return;
            _isDisposed = true;
        }

        _signal.Release();
    }

    private void Run()
    {
        while (true)
        {
            _signal.Wait();
            Action? action;
            lock (_lock) _actions.TryDequeue(out action);
            if (action is null) break;
            action();
        }

        _signal.Dispose();
    }
}
