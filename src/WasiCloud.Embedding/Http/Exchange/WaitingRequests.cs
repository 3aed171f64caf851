using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>The requests of a port that wait for its guest. Used within the port's lock.</summary>
/// <typeparam name="T">What the port keeps of a request.</typeparam>
/// <param name="gate">The port's lock.</param>
/// <param name="deliveredOf">The request.</param>
/// <param name="isAbandoned">Whether nobody waits for its response any more.</param>
internal sealed class WaitingRequests<T>(Lock gate, Func<T, DeliveredRequest> deliveredOf, Func<T, bool> isAbandoned)
    where T : class
{
    private readonly LinkedList<T> _waiting = [];
    private ArrivalOrder _order;

    public int Count => _waiting.Count;

    /// <summary>One waits until the guest takes it, or nobody waits for the response any more.</summary>
    public void Add(T request)
    {
        var place = _waiting.AddLast(request);
        deliveredOf(request).WhenAbandoned = () => Forget(place);
        if (isAbandoned(request)) Forget(place);
    }

    /// <summary>Takes what is next: what has waited longest, but when that is long (<see cref="ArrivalOrder"/>).</summary>
    public T? Take()
    {
        while (_waiting.First is { } first)
        {
            var next = _order.Next(_waiting, deliveredOf(first.Value).Waited);
            _waiting.Remove(next);
            if (!isAbandoned(next.Value)) return next.Value;
            deliveredOf(next.Value).End();
        }

        return null;
    }

    /// <summary>No guest will take them.</summary>
    public void Fail(Exception failure)
    {
        while (_waiting.First is { } first)
        {
            _waiting.Remove(first);
            deliveredOf(first.Value).Fail(failure);
        }
    }

    // A guest that takes nothing for long would keep all that was ever asked of it.
    private void Forget(LinkedListNode<T> place)
    {
        lock (gate)
        {
            if (place.List is null) return;
            _waiting.Remove(place);
        }

        deliveredOf(place.Value).End();
    }
}
