using System.Collections.Concurrent;

namespace WasiCloud.Embedding.Tests.Preview1;

/// <summary>Counts what mounts handed out and what came back, and lets a test interfere with each operation.</summary>
public sealed class Ledger(bool suspends)
{
    private readonly ConcurrentQueue<string> _faults = new();
    private int _nodes;
    private int _handles;

    public bool Suspends => suspends;

    /// <summary>Called with the member's name before each operation; may throw.</summary>
    public Action<string>? Before { get; set; }

    /// <summary>Nodes handed out and not released.</summary>
    public int Nodes => _nodes;

    /// <summary>Handles opened and not closed.</summary>
    public int Handles => _handles;

    /// <summary>What was used after its release, or released twice.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    public void NodeGiven() => Interlocked.Increment(ref _nodes);

    public void NodeReleased() => Interlocked.Decrement(ref _nodes);

    public void HandleGiven() => Interlocked.Increment(ref _handles);

    public void HandleClosed() => Interlocked.Decrement(ref _handles);

    public void Fault(string what) => _faults.Enqueue(what);

    /// <summary>What every operation of a tracked mount does first.</summary>
    public async ValueTask EnterAsync(string member, CancellationToken cancellationToken)
    {
        if (suspends) await Task.Yield();
        Before?.Invoke(member);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
