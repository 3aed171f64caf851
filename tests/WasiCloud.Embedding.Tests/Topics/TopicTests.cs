using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Topics;
using Xunit;

namespace WasiCloud.Embedding.Tests.Topics;

/// <summary>What waits for subscribers, what is lost, and who waits for room.</summary>
public sealed class TopicTests
{
    private const int Repetitions = 10_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TopicOptions _options = new() { MaxMessageBytes = 10, MaxQueuedMessages = 3, MaxQueuedBytes = 20 };
    private readonly TopicPort _subscriber = new(owner: null);

    [Fact]
    public void Publish_WithoutSubscribers_KeepsNothing()
    {
        var topic = NewTopic(TopicOverflow.BlockPublisher);

        for (var index = 0; index < 10; index++) TryPublish(topic, "x").Should().Be(PublishOutcome.Published);
        topic.TryAdd(_subscriber, 1);

        topic.HasAny(_subscriber).Should().BeFalse();
        Take(topic).Should().Be((null, 0));
    }

    [Fact]
    public void Add_OfTooMany_IsRefused()
    {
        var topic = NewTopic();
        topic.TryAdd(_subscriber, 1).Should().BeTrue();

        topic.TryAdd(new TopicPort(owner: null), 1).Should().BeFalse();

        topic.Remove(_subscriber);
        topic.TryAdd(new TopicPort(owner: null), 1).Should().BeTrue();
    }

    [Fact]
    public void Publish_MoreMessagesThanWait_LosesTheOldestAndTellsOnce()
    {
        var topic = NewTopic(subscribe: true);

        for (var index = 0; index < 5; index++) TryPublish(topic, $"{index}");

        Take(topic).Should().Be(("2", 2));
        Take(topic).Should().Be(("3", 0));
        Take(topic).Should().Be(("4", 0));
        Take(topic).Should().Be((null, 0));
    }

    [Fact]
    public void Publish_MoreBytesThanWait_LosesAsManyAsNeedBe()
    {
        var topic = NewTopic(subscribe: true);
        foreach (var text in new[] { "12345", "12345", "1234567890" }) TryPublish(topic, text);

        TryPublish(topic, "abcdefghij");

        Take(topic).Should().Be(("1234567890", 2));
        Take(topic).Should().Be(("abcdefghij", 0));
    }

    [Fact]
    public void Loss_AfterAMessageWasTaken_IsToldWithTheNext()
    {
        var topic = NewTopic(subscribe: true);
        TryPublish(topic, "0");
        Take(topic).Should().Be(("0", 0));

        for (var index = 1; index < 6; index++) TryPublish(topic, $"{index}");

        Take(topic).Should().Be(("3", 2));
    }

    [Fact]
    public void Subscribers_LoseEachTheirOwn()
    {
        var topic = NewTopic(subscribe: true);
        var slow = new TopicPort(owner: null);
        topic.TryAdd(slow, 2);

        for (var index = 0; index < 5; index++)
        {
            TryPublish(topic, $"{index}");
            Take(topic).Should().Be(($"{index}", 0));
        }

        Take(topic, slow).Should().Be(("2", 2));
    }

    [Fact]
    public async Task Publishers_WithoutRoom_GoOnInTheOrderInWhichTheyCame()
    {
        var topic = NewTopic(TopicOverflow.BlockPublisher, subscribe: true);
        TryPublish(topic, "1234567890").Should().Be(PublishOutcome.Published);
        TryPublish(topic, "abcde").Should().Be(PublishOutcome.Published);
        TryPublish(topic, "ABCDEF").Should().Be(PublishOutcome.NoRoom);

        var first = PublishAsync(topic, "ABCDEF");
        var second = PublishAsync(topic, "x");
        TryPublish(topic, "y").Should().Be(PublishOutcome.NoRoom, "others came first, although this would fit");
        (first.IsCompleted, second.IsCompleted).Should().Be((false, false));

        Take(topic).Should().Be(("1234567890", 0));
        await first.WaitAsync(Patience);
        await second.WaitAsync(Patience);
        foreach (var text in new[] { "abcde", "ABCDEF", "x" }) Take(topic).Should().Be((text, 0));
        topic.WaitingPublishers.Should().Be(0);
    }

    [Fact]
    public async Task Publisher_ThatIsCancelled_PublishesNothingAndLetsTheNextGoOn()
    {
        var topic = NewTopic(TopicOverflow.BlockPublisher, subscribe: true);
        TryPublish(topic, "1234567890");
        TryPublish(topic, "12345");
        using var cancellation = new CancellationTokenSource();
        var cancelled = PublishAsync(topic, "too long", cancellation.Token);
        var next = PublishAsync(topic, "next");
        (cancelled.IsCompleted, next.IsCompleted).Should().Be((false, false));

        await cancellation.CancelAsync();

        await FluentActions.Awaiting(() => cancelled).Should().ThrowAsync<OperationCanceledException>();
        await next.WaitAsync(Patience);
        foreach (var text in new[] { "1234567890", "12345", "next" }) Take(topic).Should().Be((text, 0));
        topic.WaitingPublishers.Should().Be(0);
    }

    [Fact]
    public async Task Publisher_CancelledAfterItsMessageWasPublished_HasPublished()
    {
        var topic = NewTopic(TopicOverflow.BlockPublisher, subscribe: true);
        for (var index = 0; index < 3; index++) TryPublish(topic, "x");
        using var cancellation = new CancellationTokenSource();
        var publisher = PublishAsync(topic, "y", cancellation.Token);

        Take(topic);
        await cancellation.CancelAsync();

        await publisher.WaitAsync(Patience);
        topic.WaitingPublishers.Should().Be(0);
    }

    [Fact]
    public async Task Subscriber_ThatLeaves_LetsPublishersGoOn()
    {
        var topic = NewTopic(TopicOverflow.BlockPublisher, subscribe: true);
        var other = new TopicPort(owner: null);
        topic.TryAdd(other, 2);
        for (var index = 0; index < 3; index++) TryPublish(topic, "x");
        for (var index = 0; index < 3; index++) Take(topic, other);
        var publisher = PublishAsync(topic, "y");
        publisher.IsCompleted.Should().BeFalse();

        topic.Remove(_subscriber);

        await publisher.WaitAsync(Patience);
        Take(topic, other).Should().Be(("y", 0));
    }

    [Fact]
    public async Task Publisher_IsAsSlowAsTheSlowestSubscriber()
    {
        var topic = NewTopic(TopicOverflow.BlockPublisher, subscribe: true);
        var slow = new TopicPort(owner: null);
        topic.TryAdd(slow, 2);
        for (var index = 0; index < 3; index++) TryPublish(topic, $"{index}");
        var publisher = PublishAsync(topic, "3");

        for (var index = 0; index < 3; index++) Take(topic).Should().Be(($"{index}", 0));
        publisher.IsCompleted.Should().BeFalse();

        Take(topic, slow).Should().Be(("0", 0));
        await publisher.WaitAsync(Patience);
        Take(topic).Should().Be(("3", 0));
    }

    [Fact]
    public async Task Publisher_WhoseOwnSubscriptionIsFull_DoesNotWaitForItself()
    {
        var topic = NewTopic(TopicOverflow.BlockPublisher);
        var (guest, other) = (new InvocationContext { Id = "guest" }, new InvocationContext { Id = "other" });
        var port = new TopicPort(guest);
        topic.TryAdd(port, 1);
        for (var index = 0; index < 3; index++) TryPublish(topic, "x", guest).Should().Be(PublishOutcome.Published);

        TryPublish(topic, "x", guest).Should().Be(PublishOutcome.WaitsForItself);
        TryPublish(topic, "x", other).Should().Be(PublishOutcome.NoRoom);
        (await topic.PublishAsync(NewMessage(topic, "x"), port, default)).Should().Be(PublishOutcome.WaitsForItself);
        topic.WaitingPublishers.Should().Be(0);
    }

    [Fact]
    public async Task Watcher_IsWokenWhenTheLongestMessageHasRoom()
    {
        var topic = NewTopic(TopicOverflow.BlockPublisher, subscribe: true);
        var watcher = new TopicPort(owner: null);
        topic.HasRoom(watcher).Should().BeTrue();
        foreach (var text in new[] { "123", "12345678" }) TryPublish(topic, text);
        topic.HasRoom(watcher).Should().BeFalse();
        var woken = watcher.Woken.WaitAsync(default).AsTask();

        Take(topic);
        await woken.WaitAsync(Patience);

        topic.HasRoom(watcher).Should().BeTrue();
        topic.HasRoom(watcher: null).Should().BeTrue();
    }

    [Fact]
    public void Message_ThatAllHaveTaken_IsUsedAgain()
    {
        var topic = NewTopic(subscribe: true);
        var other = new TopicPort(owner: null);
        topic.TryAdd(other, 2);
        var message = NewMessage(topic, "x");
        topic.TryPublish(message, owner: null);
        message.Release();
        Take(topic).Text.Should().Be("x");
        NewMessage(topic, "y").Should().NotBeSameAs(message, "one has not read it");

        Take(topic, other).Text.Should().Be("x");

        NewMessage(topic, "z").Should().BeSameAs(message);
    }

    [Theory]
    [InlineData(TopicOverflow.DropOldest)]
    [InlineData(TopicOverflow.BlockPublisher)]
    public void PublishAndTake_AllocateNothing(TopicOverflow overflow)
    {
        var topic = NewTopic(overflow, subscribe: true);
        for (var index = 0; index < Repetitions; index++) Run();
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var index = 0; index < Repetitions; index++) Run();

        // Now and then the shared pool makes an array, when the thread has changed cores.
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(Repetitions, "no object is made for a message, which has 24 bytes at least");

        void Run()
        {
            for (var count = 0; count < 3; count++)
            {
                var message = topic.Rent();
                message.Begin(5).Fill((byte)count);
                topic.TryPublish(message, owner: null);
                message.Release();
            }

            while (topic.TryTake(_subscriber, out _) is { } taken) taken.Release();
        }
    }

    private static PublishOutcome TryPublish(Topic topic, string text, InvocationContext? owner = null)
    {
        var message = NewMessage(topic, text);
        var outcome = topic.TryPublish(message, owner);
        message.Release();
        return outcome;
    }

    private static async Task PublishAsync(Topic topic, string text, CancellationToken cancellationToken = default)
    {
        var message = NewMessage(topic, text);
        try
        {
            var outcome = await topic.PublishAsync(message, new TopicPort(owner: null), cancellationToken);
            if (outcome == PublishOutcome.GivenUp) throw new OperationCanceledException(cancellationToken);
        }
        finally
        {
            message.Release();
        }
    }

    private static SharedMessage NewMessage(Topic topic, string text)
    {
        var message = topic.Rent();
        Encoding.UTF8.GetBytes(text, message.Begin(text.Length));
        return message;
    }

    private (string? Text, long Lost) Take(Topic topic, TopicPort? port = null)
    {
        var message = topic.TryTake(port ?? _subscriber, out var lost);
        var text = message is null ? null : Encoding.UTF8.GetString(message.Memory.Span);
        message?.Release();
        return (text, lost);
    }

    private Topic NewTopic(TopicOverflow overflow = TopicOverflow.DropOldest, bool subscribe = false)
    {
        var topic = new Topic("topic", TopicAccess.Publish | TopicAccess.Subscribe, overflow, _options, TimeProvider.System);
        if (subscribe) topic.TryAdd(_subscriber, 1);
        return topic;
    }
}
