using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Topics;

/// <summary>One that receives or publishes, with what waits for it. The topic guards all of it but <see cref="Woken"/>.</summary>
/// <param name="owner">The guest, which does one thing at a time: it does not read while it waits for room. <see langword="null"/> for the application.</param>
internal sealed class TopicPort(InvocationContext? owner)
{
    private LinkedListNode<TopicPort>? _node;
    private Topic? _awaited;

    public InvocationContext? Owner { get; } = owner;

    /// <summary>The messages that wait for it.</summary>
    public Queue<SharedMessage> Queue { get; } = new();

    public long QueuedBytes { get; private set; }

    /// <summary>Messages that were lost since the last one was taken.</summary>
    public long Lost { get; set; }

    /// <summary>The message that it waits to publish.</summary>
    public SharedMessage? Pending { get; private set; }

    /// <summary>Since when it waits to publish, by the clock of the topic.</summary>
    public long WaitsSince { get; private set; }

    /// <summary>Whether its wait to publish may be cancelled.</summary>
    public bool MayGiveUp { get; private set; }

    /// <summary>How its last wait to publish ended.</summary>
    public PublishOutcome Outcome { get; private set; }

    /// <summary>Its place among those that wait to publish.</summary>
    public LinkedListNode<TopicPort> Node => _node ??= new LinkedListNode<TopicPort>(this);

    /// <summary>Whether it is to be woken when there is room.</summary>
    public bool WatchesRoom { get; set; }

    /// <summary>Set when there may be something to receive, when its message was published, or when there may be room. To be reset before looking.</summary>
    public WakeSignal Woken { get; } = new();

    /// <summary>Whether there is no room for a message among those that wait for it.</summary>
    public bool IsFull(int length, TopicOptions options) => Queue.Count == options.MaxQueuedMessages || length > options.MaxQueuedBytes - QueuedBytes;

    /// <summary>A message waits for it.</summary>
    public void Enqueue(SharedMessage message)
    {
        Queue.Enqueue(message);
        QueuedBytes += message.Length;
        Woken.Set();
    }

    /// <summary>The oldest message that waits for it. There is one.</summary>
    public SharedMessage Dequeue()
    {
        var message = Queue.Dequeue();
        QueuedBytes -= message.Length;
        return message;
    }

    /// <summary>Begins to wait for room.</summary>
    public void BeginWait(Topic topic, SharedMessage message, long now, bool mayGiveUp) =>
        (_awaited, Pending, WaitsSince, MayGiveUp) = (topic, message, now, mayGiveUp);

    /// <summary>Waits for room no more.</summary>
    public void EndWait(PublishOutcome outcome)
    {
        (Pending, Outcome) = (null, outcome);
        Woken.Set();
    }

    /// <summary>Lets go of all messages that wait for it.</summary>
    public void Clear()
    {
        while (Queue.TryDequeue(out var message)) message.Release();
        QueuedBytes = 0;
    }

    /// <summary>Gives up waiting for room, if it still does. Not to be called in the lock of the topic.</summary>
    public void Withdraw() => _awaited?.Withdraw(this);
}
