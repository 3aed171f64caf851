using System.Threading.Tasks.Sources;

namespace WasiCloud.Embedding.Waiting;

/// <summary>What one waiter at a time waits for: set once, it stays set until it is reset. Waiting allocates nothing. Thread-safe.</summary>
/// <remarks>The waiter continues on the thread pool, never on the stack of the one that sets the signal, which may be a guest's.</remarks>
internal sealed class WakeSignal : IValueTaskSource
{
    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private bool _isSet;
    private bool _isAwaited;

    /// <summary>Whether waiting would not wait.</summary>
    public bool IsSet
    {
        get
        {
            lock (_lock) return _isSet;
        }
    }

    /// <summary>Wakes the waiter, now or when it comes.</summary>
    public void Set()
    {
        lock (_lock)
        {
            _isSet = true;
            if (!_isAwaited) return;
            _isAwaited = false;
        }

        _core.SetResult(true);
    }

    /// <summary>Begins anew.</summary>
    public void Reset()
    {
        lock (_lock) _isSet = false;
    }

    /// <summary>Waits until it is set. To be awaited before the next wait begins.</summary>
    /// <exception cref="InvalidOperationException">Somebody waits already.</exception>
    public ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_isSet) return default;
            if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
            if (_isAwaited) throw new InvalidOperationException("A signal has one waiter at a time.");
            _core.Reset();
            _isAwaited = true;
        }

        var wait = new ValueTask(this, _core.Version);
        _cancellation = cancellationToken.UnsafeRegister(static (signal, token) => ((WakeSignal)signal!).Cancel(token), this);
        return wait;
    }

    void IValueTaskSource.GetResult(short token)
    {
        // Afterwards no late cancellation can reach the next wait.
        _cancellation.Dispose();
        _cancellation = default;
        _core.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_isAwaited) return;
            _isAwaited = false;
        }

        _core.SetException(new OperationCanceledException(cancellationToken));
    }
}
