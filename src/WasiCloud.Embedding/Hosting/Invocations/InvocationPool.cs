namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>
/// What invocations leave for the next: some forty objects that an invocation consists of. Only one that went well leaves anything, so that whoever might still
/// touch it late has gone. Thread-safe.
/// </summary>
internal sealed class InvocationPool(InvocationServices services)
{
    // Each holds some 4 KiB.
    private const int MaxIdle = 256;

    private readonly Lock _lock = new();

    // The last that came is the first to go: it is in the processor's caches.
    private readonly Invocation?[] _idle = new Invocation?[MaxIdle];
    private int _count;

    public Invocation Rent()
    {
        lock (_lock)
        {
            if (_count > 0)
            {
                var invocation = _idle[--_count]!;
                _idle[_count] = null;
                return invocation;
            }
        }

        return new Invocation(services);
    }

    public void Return(Invocation invocation)
    {
        lock (_lock)
        {
            if (_count < MaxIdle) _idle[_count++] = invocation;
        }
    }
}
