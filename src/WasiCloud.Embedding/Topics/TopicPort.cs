using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Topics;

/// <summary>One that receives or publishes, with what waits for it. The topic guards all of it but <see cref="Woken"/>.</summary>
/// <param name="owner">The guest, which does one thing at a time: it does not read while it waits for room. <see langword="null"/> for the application.</param>
internal sealed class TopicPort(object? owner)
{
    private LinkedListNode<TopicPort>? _node;

    public object? Owner { get; } = owner;

    /// <summary>The messages that wait for it.</summary>
    public Queue<SharedMessage> Queue { get; } = new();

    public long QueuedBytes { get; set; }

    /// <summary>Messages that were lost since the last one was taken.</summary>
    public long Lost { get; set; }

    /// <summary>The message that it waits to publish.</summary>
    public SharedMessage? Pending { get; set; }

    /// <summary>Its place among those that wait to publish.</summary>
    public LinkedListNode<TopicPort> Node => _node ??= new LinkedListNode<TopicPort>(this);

    /// <summary>Whether it is to be woken when there is room.</summary>
    public bool WatchesRoom { get; set; }

    /// <summary>Set when there may be something to receive, when its message was published, or when there may be room. To be reset before looking.</summary>
    public WakeSignal Woken { get; } = new();
}
