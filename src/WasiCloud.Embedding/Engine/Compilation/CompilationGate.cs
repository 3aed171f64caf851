namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>
/// How much is compiled at one time, in number and in estimated memory. Whoever comes first is first, also if a smaller module behind it would have room: so
/// that a large one gets its turn. Thread-safe.
/// </summary>
/// <param name="maxCompilations">Modules at one time.</param>
/// <param name="maxBytes">Memory that they are estimated to take together, in bytes. One alone may take any.</param>
internal sealed class CompilationGate(int maxCompilations, long maxBytes)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _queue = new();
    private int _running;
    private long _bytes;

    /// <summary>Waits for a place.</summary>
    /// <param name="bytes">What the module is estimated to take.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The place, which is disposed when the module is compiled.</returns>
    public async ValueTask<IDisposable> EnterAsync(long bytes, CancellationToken cancellationToken)
    {
        LinkedListNode<Waiter> waiter;
        lock (_lock)
        {
            if (_queue.Count == 0 && HasRoom(bytes)) return Take(bytes);
            waiter = _queue.AddLast(new Waiter(bytes));
        }

        await using var registration = cancellationToken.UnsafeRegister(_ => GiveUp(waiter, cancellationToken), null).ConfigureAwait(false);
        return await waiter.Value.Place.Task.ConfigureAwait(false);
    }

    private bool HasRoom(long bytes) => _running == 0 || (_running < maxCompilations && bytes <= maxBytes - _bytes);

    private Place Take(long bytes)
    {
        _running++;
        _bytes += bytes;
        return new Place(this, bytes);
    }

    private void GiveUp(LinkedListNode<Waiter> waiter, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (waiter.List is null) return;
            _queue.Remove(waiter);
            Admit();
        }

        waiter.Value.Place.SetCanceled(cancellationToken);
    }

    private void Leave(long bytes)
    {
        lock (_lock)
        {
            _running--;
            _bytes -= bytes;
            Admit();
        }
    }

    private void Admit()
    {
        while (_queue.First is { } first && HasRoom(first.Value.Bytes))
        {
            _queue.Remove(first);
            first.Value.Place.SetResult(Take(first.Value.Bytes));
        }
    }

    private sealed class Waiter(long bytes)
    {
        public long Bytes { get; } = bytes;

        public TaskCompletionSource<IDisposable> Place { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Place(CompilationGate gate, long bytes) : IDisposable
    {
        private CompilationGate? _gate = gate;

        public void Dispose() => Interlocked.Exchange(ref _gate, null)?.Leave(bytes);
    }
}
