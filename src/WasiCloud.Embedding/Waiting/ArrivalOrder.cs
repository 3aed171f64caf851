namespace WasiCloud.Embedding.Waiting;

/// <summary>
/// Which of those that wait for their turn is next: the first, until it has waited for long. Then more is asked than can be done, and whoever came first is
/// about to give up: what is begun for it is
/// done for nobody. So it is the last, who has the most patience left, but for one turn in eight. For a queue to keep and call within its lock.
/// </summary>
internal struct ArrivalOrder
{
    /// <summary>What is long: more than a burst needs that is soon over, less than the patience of any client.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromMilliseconds(100);

    private const int Cycle = 8;

    private int _turns;

    /// <summary>Chooses the next.</summary>
    /// <param name="waiting">Those that wait, not empty, the first to come in front.</param>
    /// <param name="firstWaited">How long the first has waited.</param>
    public LinkedListNode<T> Next<T>(LinkedList<T> waiting, TimeSpan firstWaited) =>
        firstWaited > Long && ++_turns % Cycle != 0 ? waiting.Last! : waiting.First!;
}
