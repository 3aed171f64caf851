using System.Diagnostics;

namespace WasiCloud.Embedding.Engine;

/// <summary>
/// Those guests that wait for a place to compute and share what they get: today those of one module. Belongs to a <see cref="ComputeGate"/>, whose lock guards
/// it.
/// </summary>
internal sealed class ComputeShare
{
    // Two of three go on before one starts; one that has used much is the last, and still gets every fourth.
    private const int Cycle = 4;

    /// <summary>A guest that has used more than this is behind those that have just begun.</summary>
    private static readonly long Much = Stopwatch.Frequency / 10;

    // Those that were under way, those that are to start, and those that have used much.
    private readonly LinkedList<ComputeTurn>[] _queues = [new(), new(), new()];
    private int _taken;
    private long _used;

    public ComputeShare() => Node = new LinkedListNode<ComputeShare>(this);

    /// <summary>Its place among those that somebody waits of.</summary>
    public LinkedListNode<ComputeShare> Node { get; }

    /// <summary>How many wait.</summary>
    public int Waiting { get; private set; }

    /// <summary>
    /// What its guests have used, in ticks of <see cref="Stopwatch"/>: who has used least is next. May be read and added to without the lock.
    /// </summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>Adds what a guest has used.</summary>
    public void Charge(long used) => Interlocked.Add(ref _used, used);

    /// <summary>One of its guests wants a place again: what it did not use meanwhile it has not saved up, and what it used long ago is forgotten.</summary>
    public void Begin(long least)
    {
        var used = Used;
        Charge(Math.Clamp(used, least, least + Much) - used);
    }

    /// <summary>A guest begins to wait.</summary>
    public void Add(ComputeTurn turn)
    {
        Waiting++;

        // Who was interrupted goes on before others of his kind: of guests that all want the same, the first is done early instead of all late.
        var queue = _queues[QueueOf(turn)];
        if (turn.WasInterrupted && turn.Used <= Much) queue.AddFirst(turn.Node);
        else queue.AddLast(turn.Node);
    }

    /// <summary>A guest waits no more.</summary>
    public void Remove(ComputeTurn turn)
    {
        Waiting--;
        turn.Node.List!.Remove(turn.Node);
    }

    /// <summary>Takes the next.</summary>
    public ComputeTurn Take()
    {
        var last = ++_taken % Cycle == 0;
        for (var step = 0; ; step++)
        {
            if (_queues[last ? _queues.Length - 1 - step : step].First is not { } first) continue;
            Remove(first.Value);
            return first.Value;
        }
    }

    /// <summary>Whether one who waits is to go before one that computes.</summary>
    public bool HasBefore(ComputeTurn turn) => turn.Used > Much && Waiting > 0;

    private static int QueueOf(ComputeTurn turn) => turn.Used > Much ? 2 : turn.HasStarted ? 0 : 1;
}
