using System.Runtime.CompilerServices;
using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Topics;

/// <summary>One topic: who subscribes, what waits for each, and who waits to publish. Thread-safe; one lock guards it all.</summary>
/// <remarks>
/// A message is put into all queues at once, so all subscribers get messages in the same order. Publishers that wait go on in the order in which they came,
/// until the first has waited for long (<see cref="ArrivalOrder"/>); those that never give up keep their order always. A publisher that awaits each of its
/// messages has one here at a time, so these keep their order in any case.
/// </remarks>
internal sealed class Topic(
    string name, TopicAccess access, TopicOverflow overflow, TopicOptions options, TimeProvider timeProvider, ITopicTransport? transport = null) : ISharedTopic
{
    private const int MaxIdleMessages = 64;

    private readonly Lock _lock = new();
    private readonly List<TopicPort> _subscribers = [];
    private readonly WaitingPublishers _publishers = new(timeProvider);
    private readonly List<TopicPort> _watchers = [];
    private readonly Stack<SharedMessage> _idle = [];
    private Topic? _origin;

    public string Name { get; } = name;

    /// <summary>The topic as it was added, if this is a tenant's part of it; otherwise this.</summary>
    public Topic Origin => _origin ?? this;

    /// <summary>What guests may do that have no grants of their own.</summary>
    public TopicAccess Access { get; } = access;

    public TopicOptions Options { get; } = options;

    /// <summary>Whether other processes publish and receive, too. Publishing always waits for the transport then.</summary>
    public bool IsShared => transport is not null;

    /// <summary>How many receive.</summary>
    public int SubscriberCount
    {
        get
        {
            lock (_lock) return _subscribers.Count;
        }
    }

    /// <summary>How many wait to publish.</summary>
    public int WaitingPublishers
    {
        get
        {
            lock (_lock) return _publishers.Count;
        }
    }

    /// <summary>Makes what a tenant has of it. Its name, by which other processes know it, is none that a topic can be added with.</summary>
    public Topic NewPart(string tenant) =>
        new(Name + "/" + TenantName.ToFileName(tenant), Access, overflow, Options, timeProvider, transport) { _origin = this };

    /// <summary>Adds one that receives what is published from now on.</summary>
    /// <param name="port">The subscriber.</param>
    /// <param name="most">How many there may be.</param>
    /// <returns>Whether it was added.</returns>
    public bool TryAdd(TopicPort port, int most)
    {
        lock (_lock)
        {
            if (_subscribers.Count >= most) return false;
            _subscribers.Add(port);
            return true;
        }
    }

    /// <summary>Removes one, and what waits for it.</summary>
    public void Remove(TopicPort port)
    {
        lock (_lock)
        {
            if (port.WatchesRoom) _watchers.Remove(port);
            UnsubscribeLocked(port);
        }
    }

    /// <summary>Publishes to one no more, and drops what waits for it. It may still publish.</summary>
    public void Unsubscribe(TopicPort port)
    {
        lock (_lock) UnsubscribeLocked(port);
    }

    /// <summary>Begins a message: the caller fills it, publishes it and releases it.</summary>
    public SharedMessage Rent()
    {
        SharedMessage? message;
        lock (_lock) _idle.TryPop(out message);
        return message ?? new SharedMessage(this);
    }

    /// <summary>Takes back a message that nobody needs.</summary>
    public void Return(SharedMessage message)
    {
        lock (_lock)
        {
            if (_idle.Count < MaxIdleMessages) _idle.Push(message);
        }
    }

    /// <summary>Publishes, if that needs no waiting.</summary>
    public PublishOutcome TryPublish(SharedMessage message, FileSystem.InvocationContext? owner)
    {
        if (IsShared) return PublishOutcome.NoRoom;
        lock (_lock) return TryPublishLocked(message, owner);
    }

    public void Deliver(ReadOnlyMemory<byte> message, long lost)
    {
        var isLost = message.IsEmpty || message.Length > Options.MaxMessageBytes;
        var shared = Rent();
        if (!isLost) message.Span.CopyTo(shared.Begin(message.Length));
        lock (_lock)
        {
            foreach (var subscriber in _subscribers) subscriber.Lost += isLost ? lost + 1 : lost;
            if (!isLost) Publish(shared);
        }

        if (isLost) Return(shared);
        else shared.Release();
    }

    /// <summary>Publishes, waiting for room if there is none.</summary>
    /// <param name="message">The message.</param>
    /// <param name="port">The publisher, which waits for nothing else.</param>
    /// <param name="cancellationToken">Ends the wait; then nobody gets the message.</param>
    /// <returns>Not <see cref="PublishOutcome.NoRoom"/>. The end of the wait is told and not thrown: under overload most who wait give up.</returns>
    /// <exception cref="IOException">The transport of a shared topic does not know whether it was published.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<PublishOutcome> PublishAsync(SharedMessage message, TopicPort port, CancellationToken cancellationToken)
    {
        if (IsShared)
        {
            message.GiveAway();
            await transport!.PublishAsync(this, message.Memory, cancellationToken).ConfigureAwait(false);
            return PublishOutcome.Published;
        }

        lock (_lock)
        {
            var outcome = TryPublishLocked(message, port.Owner);
            if (outcome != PublishOutcome.NoRoom) return outcome;
            _publishers.Add(this, port, message, cancellationToken.CanBeCanceled);
            Admit();
        }

        // Not in the lock: the token may be cancelled already. Once it is disposed of, no late cancellation can reach the next message.
        using var cancellation = cancellationToken.UnsafeRegister(static port => ((TopicPort)port!).Withdraw(), port);
        PublishOutcome? ended;
        while ((ended = OutcomeOf(port)) is null) await port.Woken.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        return ended.Value;
    }

    /// <summary>One that waits to publish gives up: nobody gets its message, unless it was published already.</summary>
    public void Withdraw(TopicPort port)
    {
        lock (_lock)
        {
            if (port.Pending is null) return;
            _publishers.Remove(port, PublishOutcome.GivenUp);
            Admit();
        }
    }

    /// <summary>Whether a message of the greatest length could be published.</summary>
    /// <param name="watcher">Who is woken when there is room; <see langword="null"/> if nobody waits.</param>
    public bool HasRoom(TopicPort? watcher)
    {
        lock (_lock)
        {
            var hasRoom = _publishers.Count == 0 && HasRoom(Options.MaxMessageBytes);
            if (hasRoom || watcher is null || watcher.WatchesRoom) return hasRoom;
            watcher.WatchesRoom = true;
            _watchers.Add(watcher);
            return false;
        }
    }

    /// <summary>Whether there is something to take.</summary>
    public bool HasAny(TopicPort port)
    {
        lock (_lock) return port.Queue.Count > 0;
    }

    /// <summary>How long the oldest message that waits is, in bytes; 0 if there is none.</summary>
    public int NextBytes(TopicPort port)
    {
        lock (_lock) return port.Queue.TryPeek(out var next) ? next.Length : 0;
    }

    /// <summary>Takes the oldest message that waits, which the caller releases.</summary>
    /// <param name="port">Who receives.</param>
    /// <param name="lost">How many messages were lost before it: told once.</param>
    /// <returns>The message; <see langword="null"/> if there is none.</returns>
    public SharedMessage? TryTake(TopicPort port, out long lost)
    {
        lock (_lock)
        {
            lost = 0;
            if (port.Queue.Count == 0) return null;
            (lost, port.Lost) = (port.Lost, 0);

            // Only the queue that kept the next publisher waiting, or all of them, can let it go on.
            var keptWaiting = _publishers.Count > 0 ? port.IsFull(_publishers.NeededBytes, Options) : _watchers.Count > 0;
            var message = port.Dequeue();
            if (keptWaiting) Admit();
            return message;
        }
    }

    private void UnsubscribeLocked(TopicPort port)
    {
        _subscribers.Remove(port);
        port.Clear();
        Admit();
    }

    private PublishOutcome TryPublishLocked(SharedMessage message, FileSystem.InvocationContext? owner)
    {
        if (_publishers.Count == 0 && HasRoom(message.Length))
        {
            Publish(message);
            return PublishOutcome.Published;
        }

        return WaitsForItself(message.Length, owner) ? PublishOutcome.WaitsForItself : PublishOutcome.NoRoom;
    }

    private bool WaitsForItself(int length, FileSystem.InvocationContext? owner) =>
        owner is not null && _subscribers.Exists(subscriber => subscriber.Owner == owner && subscriber.IsFull(length, Options));

    // Only a topic that blocks its publishers is ever without room.
    private bool HasRoom(int length)
    {
        if (overflow == TopicOverflow.DropOldest) return true;
        foreach (var subscriber in _subscribers)
        {
            if (subscriber.IsFull(length, Options)) return false;
        }

        return true;
    }

    private void Publish(SharedMessage message)
    {
        foreach (var subscriber in _subscribers)
        {
            while (subscriber.IsFull(message.Length, Options))
            {
                subscriber.Dequeue().Release();
                subscriber.Lost++;
            }

            message.Hold();
            subscriber.Enqueue(message);
        }
    }

    // Whoever makes room publishes for those that wait: so they go on in their order, each woken once.
    private void Admit()
    {
        while (_publishers.Count > 0 && HasRoom(_publishers.NeededBytes))
        {
            if (_publishers.Next() is not { Pending: { } message } port || !HasRoom(message.Length)) break;
            Publish(message);
            _publishers.Remove(port, PublishOutcome.Published);
        }

        if (_watchers.Count == 0 || _publishers.Count > 0 || !HasRoom(Options.MaxMessageBytes)) return;
        foreach (var watcher in _watchers)
        {
            watcher.WatchesRoom = false;
            watcher.Woken.Set();
        }

        _watchers.Clear();
    }

    private PublishOutcome? OutcomeOf(TopicPort port)
    {
        lock (_lock)
        {
            if (port.Pending is null) return port.Outcome;

            // Something else woke it: a message that it receives, say.
            port.Woken.Reset();
            return null;
        }
    }
}
