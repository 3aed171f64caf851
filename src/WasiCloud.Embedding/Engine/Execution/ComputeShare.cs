using System.Diagnostics;
using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>
/// Those guests that wait for a place to compute and share what they get: those of one module, or of one tenant. Belongs to a
/// <see cref="ComputeGate"/>, whose lock guards it.
/// </summary>
internal sealed class ComputeShare
{
    // One that has used much is behind all others, and still gets every fourth turn.
    private const int Cycle = 4;

    /// <summary>
    /// How often one begins though others that are under way wait. Who is under way goes first, because each that begins makes more of them; and one begins
    /// now and then, because they may never be done.
    /// </summary>
    private static readonly TimeSpan BeginInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>A guest that has used more than this is behind those that have just begun.</summary>
    private static readonly long Much = Stopwatch.Frequency / 10;

    // Not one in a few: a brief guest that the system keeps from its core for a while looks like one that is not brief.
    private const int All = 1 << 16;
    private const int MostLong = All / 4;

    /// <summary>Waiting for a place would cost a guest that uses less than this about as much as it uses.</summary>
    private static readonly long Brief = Stopwatch.Frequency / 10_000;

    private readonly LinkedList<ComputeTurn> _underWay = new();
    private readonly LinkedList<ComputeTurn> _beginning = new();
    private readonly LinkedList<ComputeTurn> _usedMuch = new();
    private ArrivalOrder _order;
    private int _taken;
    private long? _lastBegun;
    private long _used;

    // How many of its last guests were not brief, the last one for an eighth of all. Of those that end together one may not count.
    private int _long = MostLong;

    public ComputeShare() => Node = new LinkedListNode<ComputeShare>(this);

    /// <summary>Its place among those that somebody waits of.</summary>
    public LinkedListNode<ComputeShare> Node { get; }

    /// <summary>How many wait.</summary>
    public int Waiting { get; private set; }

    /// <summary>
    /// What its guests have used, in ticks of <see cref="Stopwatch"/>: who has used least is next. May be read and added to without the lock.
    /// </summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>Whether most of its last guests have been brief.</summary>
    public bool IsBrief => Volatile.Read(ref _long) < MostLong;

    /// <summary>A guest has ended that used so much, or has used so much by now.</summary>
    public void NoteGuest(long used)
    {
        var others = Volatile.Read(ref _long);
        Volatile.Write(ref _long, others + (((used < Brief ? 0 : All) - others) / 8));
    }

    /// <summary>Adds what a guest has used.</summary>
    public void Charge(long used) => Interlocked.Add(ref _used, used);

    /// <summary>One of its guests wants a place again: what it did not use meanwhile it has not saved up, and what it used long ago is forgotten.</summary>
    public void Begin(long least)
    {
        var used = Used;
        Charge(Math.Clamp(used, least, least + Much) - used);
    }

    /// <summary>A guest begins to wait.</summary>
    /// <param name="turn">The guest.</param>
    /// <param name="now">The time, by the clock of the gate.</param>
    public void Add(ComputeTurn turn, long now)
    {
        Waiting++;
        turn.WaitsSince = now;

        // A guest that was interrupted continues before others of its kind: of guests that all want the same, the first is done early instead of all late.
        var queue = QueueOf(turn);
        if (turn.WasInterrupted && turn.Used <= Much) queue.AddFirst(turn.Node);
        else queue.AddLast(turn.Node);
    }

    /// <summary>A guest waits no more.</summary>
    public void Remove(ComputeTurn turn)
    {
        Waiting--;
        turn.Node.List!.Remove(turn.Node);
    }

    /// <summary>Takes the next. Somebody waits.</summary>
    /// <param name="clock">The clock of the gate.</param>
    public ComputeTurn Take(TimeProvider clock)
    {
        var next = Next(clock);
        Remove(next);
        return next;
    }

    /// <summary>Whether one who waits is to go before one that computes.</summary>
    public bool HasBefore(ComputeTurn turn) => turn.Used > Much && Waiting > 0;

    private ComputeTurn Next(TimeProvider clock)
    {
        if (_usedMuch.First is { } much && (++_taken % Cycle == 0 || Waiting == _usedMuch.Count)) return much.Value;
        var isDue = _lastBegun is not { } last || clock.GetElapsedTime(last) >= BeginInterval;
        if (_beginning.First is not { } first || (_underWay.Count > 0 && !isDue)) return _underWay.First!.Value;
        _lastBegun = clock.GetTimestamp();
        return _order.Next(_beginning, clock.GetElapsedTime(first.Value.WaitsSince)).Value;
    }

    private LinkedList<ComputeTurn> QueueOf(ComputeTurn turn) => turn.Used > Much ? _usedMuch : turn.HasStarted ? _underWay : _beginning;
}
