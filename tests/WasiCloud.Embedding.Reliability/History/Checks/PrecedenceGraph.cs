using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Reliability.History.Checks;

/// <summary>What must come before what.</summary>
/// <param name="count">How many there are.</param>
internal sealed class PrecedenceGraph(int count)
{
    private readonly List<Edge>[] _edges = [.. Enumerable.Range(0, count).Select(_ => new List<Edge>())];

    /// <summary>One thing comes before another. Before itself it does not come.</summary>
    public void Add(int from, int to, string why)
    {
        if (from != to) _edges[from].Add(new Edge(from, to, why));
    }

    /// <summary>What was over comes before what then began. Only the latest of those that were over are told: the others come before these.</summary>
    public void AddTimes(IReadOnlyList<(long Invoked, long Returned)> times)
    {
        var moments = times.Index().Select(time => (At: time.Item.Invoked, IsEnd: false, time.Index))
            .Concat(times.Index().Select(time => (At: time.Item.Returned, IsEnd: true, time.Index)))
            .Where(moment => moment.At != Call.Never)
            .OrderBy(moment => moment.At).ThenBy(moment => moment.IsEnd);
        var latest = new List<int>();
        foreach (var (_, isEnd, number) in moments)
        {
            if (isEnd)
            {
                latest.RemoveAll(other => times[other].Returned < times[number].Invoked);
                latest.Add(number);
                continue;
            }

            foreach (var before in latest) Add(before, number, "was over before");
        }
    }

    /// <summary>Looks for things of which each comes before the next, and the last before the first.</summary>
    /// <returns>A shortest one through some thing, or <see langword="null"/> if there is none.</returns>
    public IReadOnlyList<Edge>? FindCircle()
    {
        // What nothing comes before is in no circle; nor is, then, what only that came before (Kahn).
        var before = new int[_edges.Length];
        foreach (var edge in _edges.SelectMany(edges => edges)) before[edge.To]++;
        var free = new Stack<int>(Enumerable.Range(0, before.Length).Where(number => before[number] == 0));
        var left = before.Length;
        while (free.TryPop(out var number))
        {
            left--;
            foreach (var edge in _edges[number])
            {
                if (--before[edge.To] == 0) free.Push(edge.To);
            }
        }

        if (left == 0) return null;
        var circles = Enumerable.Range(0, before.Length).Where(number => before[number] > 0).Select(ShortestThrough);
        return circles.OfType<IReadOnlyList<Edge>>().MinBy(circle => circle.Count)!;
    }

    private List<Edge>? ShortestThrough(int start)
    {
        var reached = new Dictionary<int, Edge>();
        var waiting = new Queue<int>([start]);
        while (waiting.TryDequeue(out var number))
        {
            foreach (var edge in _edges[number])
            {
                if (!reached.TryAdd(edge.To, edge)) continue;
                if (edge.To == start) return Back(start, reached);
                waiting.Enqueue(edge.To);
            }
        }

        return null;
    }

    private static List<Edge> Back(int start, Dictionary<int, Edge> reached)
    {
        var circle = new List<Edge>();
        for (var number = start; circle.Count == 0 || number != start; number = circle[^1].From) circle.Add(reached[number]);
        circle.Reverse();
        return circle;
    }

    /// <summary>One thing comes before another.</summary>
    /// <param name="From">The first.</param>
    /// <param name="To">The second.</param>
    /// <param name="Why">How it is known.</param>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Edge(int From, int To, string Why);
}
