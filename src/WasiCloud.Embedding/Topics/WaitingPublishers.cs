using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Topics;

/// <summary>The publishers of a topic that wait for room. Used within the topic's lock.</summary>
/// <param name="timeProvider">Tells how long they wait.</param>
internal sealed class WaitingPublishers(TimeProvider timeProvider)
{
    private const int MinMessageBytes = 1;

    private readonly LinkedList<TopicPort> _waiting = [];
    private ArrivalOrder _order;

    // Chosen when there was room for a message, but not for its own: shorter ones do not pass it by.
    private TopicPort? _next;

    /// <summary>How many wait.</summary>
    public int Count => _waiting.Count;

    /// <summary>How many bytes there must be room for: those of the next, or of the shortest message if the next is not chosen yet.</summary>
    public int NeededBytes => _next?.Pending?.Length ?? MinMessageBytes;

    /// <summary>One begins to wait, behind all others.</summary>
    public void Add(Topic topic, TopicPort publisher, SharedMessage message, bool mayGiveUp)
    {
        publisher.BeginWait(topic, message, timeProvider.GetTimestamp(), mayGiveUp);
        _waiting.AddLast(publisher.Node);
    }

    /// <summary>
    /// Chooses the next, if it is not chosen, for whose message there may be no room yet. To be called when there is room for <see cref="NeededBytes"/>: who is
    /// chosen early may have waited for long when there is.
    /// </summary>
    public TopicPort Next() => _next ??= Choose();

    /// <summary>One waits no more.</summary>
    public void Remove(TopicPort publisher, PublishOutcome outcome)
    {
        if (_next == publisher) _next = null;
        _waiting.Remove(publisher.Node);
        publisher.EndWait(outcome);
    }

    private TopicPort Choose()
    {
        var first = _waiting.First!.Value;
        var next = _order.Next(_waiting, timeProvider.GetElapsedTime(first.WaitsSince)).Value;

        // Who cannot give up gains nothing by passing others, and may count on the order.
        return first.MayGiveUp && next.MayGiveUp ? next : first;
    }
}
