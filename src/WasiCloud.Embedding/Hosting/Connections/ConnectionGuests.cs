namespace WasiCloud.Embedding.Hosting.Connections;

/// <summary>
/// The guests that live for connections. Those whose clients have left may go on for a while, but not at the cost of others: one of them is ended when somebody
/// waits for room, and when a guest begins while they are many. Thread-safe.
/// </summary>
internal sealed class ConnectionGuests
{
    // Of all that live. What they still do is then a fraction of what is done.
    private const int LeftShare = 5;

    // In normal times a few leave in one moment, and each ends within milliseconds.
    private static readonly int FewLeft = 4 * System.Environment.ProcessorCount;

    private readonly Lock _lock = new();

    // The one whose client left first is the first.
    private readonly LinkedList<CancellationTokenSource> _left = [];
    private int _count;

    /// <summary>A guest begins.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            _count++;
            if (_left.Count > Math.Max(FewLeft, _count / LeftShare)) EndFirst();
        }
    }

    /// <summary>A guest that began has ended.</summary>
    public void End()
    {
        lock (_lock) _count--;
    }

    /// <summary>The client of one has left.</summary>
    /// <param name="killed">Ends the guest.</param>
    /// <returns>Its place, for <see cref="Remove"/>.</returns>
    public LinkedListNode<CancellationTokenSource> Add(CancellationTokenSource killed)
    {
        lock (_lock) return _left.AddLast(killed);
    }

    /// <summary>One whose client has left has ended: its source may be disposed.</summary>
    public void Remove(LinkedListNode<CancellationTokenSource> place)
    {
        lock (_lock)
        {
            if (place.List is not null) _left.Remove(place);
        }
    }

    /// <summary>Somebody waits for room: ends the guest whose client left first, if there is one.</summary>
    public void MakeRoom()
    {
        lock (_lock)
        {
            if (_left.Count > 0) EndFirst();
        }
    }

    // Within the lock, since the source is disposed once it was removed. What follows from it runs elsewhere.
    private void EndFirst()
    {
        var first = _left.First!.Value;
        _left.RemoveFirst();
        _ = first.CancelAsync();
    }
}
