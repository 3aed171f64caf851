namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>
/// Remembers for a while which modules could not be compiled, so that who offers one again and again costs no more than a checksum. Thread-safe.
/// </summary>
internal sealed class FailedModules(TimeProvider time)
{
    private const int MaxModules = 1_000;

    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<(WasmEngine Engine, string Checksum), Failure> _failures = [];

    // In the order in which they are forgotten.
    private readonly Queue<(WasmEngine Engine, string Checksum)> _order = new();

    /// <exception cref="InvalidGuestModuleException">The module failed a short while ago.</exception>
    public void Check(WasmEngine engine, string checksum)
    {
        lock (_lock)
        {
            Forget(keep: MaxModules);
            if (_failures.TryGetValue((engine, checksum), out var failure)) throw new InvalidGuestModuleException(failure.Message, failure.Offset);
        }
    }

    public void Add(WasmEngine engine, string checksum, InvalidGuestModuleException exception)
    {
        lock (_lock)
        {
            if (!_failures.TryAdd((engine, checksum), new Failure(exception.Message, exception.Offset, time.GetTimestamp()))) return;
            _order.Enqueue((engine, checksum));
            Forget(keep: MaxModules);
        }
    }

    private void Forget(int keep)
    {
        while (_order.TryPeek(out var oldest) && (_order.Count > keep || time.GetElapsedTime(_failures[oldest].Timestamp) >= Memory))
        {
            _order.Dequeue();
            _failures.Remove(oldest);
        }
    }

    private sealed record Failure(string Message, long? Offset, long Timestamp);
}
