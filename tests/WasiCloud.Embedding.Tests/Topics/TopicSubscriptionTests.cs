using System.Runtime.ExceptionServices;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.Options;
using WasiCloud.Embedding.Topics;
using Xunit;

namespace WasiCloud.Embedding.Tests.Topics;

/// <summary>What the application sees: <see cref="IGuestTopics"/> and its subscriptions.</summary>
public sealed class TopicSubscriptionTests
{
    private const int Publishers = 4;
    private const int Subscribers = 4;
    private const int MessagesOfEach = 2_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TopicSet _topics = new(
        [
            new TopicRegistration("news", TopicAccess.None, TopicOverflow.DropOldest),
            new TopicRegistration("work", TopicAccess.None, TopicOverflow.BlockPublisher),
        ],
        Options.Create(new TopicOptions { MaxMessageBytes = 100, MaxQueuedMessages = 16, MaxQueuedBytes = 1000 }),
        TimeProvider.System);

    [Fact]
    public async Task ReadAll_GivesWhatIsPublishedFromTheSubscriptionOn()
    {
        await PublishAsync("news", "before");
        using var subscription = _topics.Subscribe("news");
        using var end = new CancellationTokenSource();
        foreach (var text in new[] { "one", "two" }) await PublishAsync("news", text);
        var texts = new List<string>();

        var reading = async () =>
        {
            await foreach (var message in subscription.ReadAllAsync(end.Token))
            {
                texts.Add(TextOf(message));
                message.Lost.Should().Be(0);
                if (texts.Count == 2) await end.CancelAsync();
            }
        };

        await reading.Should().ThrowAsync<OperationCanceledException>();
        texts.Should().Equal("one", "two");
    }

    [Fact]
    public async Task Read_BeforeAMessage_WaitsForIt()
    {
        using var subscription = _topics.Subscribe("news");
        var reading = subscription.ReadAsync().AsTask();
        reading.IsCompleted.Should().BeFalse();

        await PublishAsync("news", "x");

        TextOf(await reading.WaitAsync(Patience)).Should().Be("x");
    }

    [Fact]
    public async Task Read_AfterMessagesWereLost_TellsHowMany()
    {
        using var subscription = _topics.Subscribe("news");
        for (var index = 0; index < 20; index++) await PublishAsync("news", $"{index}");

        var message = await subscription.ReadAsync();

        (TextOf(message), message.Lost).Should().Be(("4", 4));
        (await subscription.ReadAsync()).Lost.Should().Be(0);
    }

    [Fact]
    public async Task Read_ThatIsCancelled_LosesNothing()
    {
        using var subscription = _topics.Subscribe("news");
        using var cancellation = new CancellationTokenSource();
        var reading = subscription.ReadAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await FluentActions.Awaiting(() => reading).Should().ThrowAsync<OperationCanceledException>();

        await PublishAsync("news", "x");

        TextOf(await subscription.ReadAsync()).Should().Be("x");
    }

    [Fact]
    public async Task Read_WhileAnotherWaits_IsRefused()
    {
        using var subscription = _topics.Subscribe("news");
        var first = subscription.ReadAsync().AsTask();

        await FluentActions.Awaiting(() => subscription.ReadAsync().AsTask()).Should().ThrowAsync<InvalidOperationException>();

        await PublishAsync("news", "x");
        TextOf(await first.WaitAsync(Patience)).Should().Be("x");
    }

    [Fact]
    public async Task Dispose_EndsAReadAndTheSubscription()
    {
        var subscription = _topics.Subscribe("work");
        var reading = subscription.ReadAsync().AsTask();

        subscription.Dispose();
        subscription.Dispose();

        await FluentActions.Awaiting(() => reading.WaitAsync(Patience)).Should().ThrowAsync<ObjectDisposedException>();
        await FluentActions.Awaiting(() => subscription.ReadAsync().AsTask()).Should().ThrowAsync<ObjectDisposedException>();
        for (var index = 0; index < 100; index++) await PublishAsync("work", "nobody receives this, so nobody is waited for");
        _topics.Find("work")!.SubscriberCount.Should().Be(0);
    }

    [Fact]
    public async Task Publish_WithoutRoom_WaitsUntilTheSubscriberReads()
    {
        using var subscription = _topics.Subscribe("work");
        for (var index = 0; index < 16; index++) await PublishAsync("work", "x");
        var publishing = PublishAsync("work", "last").AsTask();
        publishing.IsCompleted.Should().BeFalse();

        await subscription.ReadAsync();

        await publishing.WaitAsync(Patience);
    }

    [Fact]
    public async Task Publish_ThatIsCancelledWhileItWaits_PublishesNothing()
    {
        using var subscription = _topics.Subscribe("work");
        for (var index = 0; index < 16; index++) await PublishAsync("work", "x");
        using var cancellation = new CancellationTokenSource();
        var publishing = _topics.PublishAsync("work", "cancelled"u8.ToArray(), cancellation.Token).AsTask();

        await cancellation.CancelAsync();

        await FluentActions.Awaiting(() => publishing).Should().ThrowAsync<OperationCanceledException>();
        for (var index = 0; index < 16; index++) TextOf(await subscription.ReadAsync()).Should().Be("x");
        await PublishAsync("work", "next");
        TextOf(await subscription.ReadAsync()).Should().Be("next");
    }

    [Fact]
    public async Task Publish_ThatIsCancelledWhileItWaits_ThrowsNothingBeforeItIsAwaited()
    {
        using var subscription = _topics.Subscribe("work");
        for (var index = 0; index < 16; index++) await PublishAsync("work", "x");
        using var cancellation = new CancellationTokenSource();
        var publishing = _topics.PublishAsync("work", "cancelled"u8.ToArray(), cancellation.Token).AsTask();
        var thrown = 0;
        void Count(object? sender, FirstChanceExceptionEventArgs e)
        {
            if (e.Exception is OperationCanceledException exception && exception.CancellationToken == cancellation.Token) Interlocked.Increment(ref thrown);
        }

        AppDomain.CurrentDomain.FirstChanceException += Count;
        await cancellation.CancelAsync();
        await publishing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        AppDomain.CurrentDomain.FirstChanceException -= Count;

        publishing.IsCanceled.Should().BeTrue();
        thrown.Should().Be(0);
    }

    [Fact]
    public async Task Publish_CancelledBefore_PublishesNothing()
    {
        using var subscription = _topics.Subscribe("news");

        await FluentActions.Awaiting(() => _topics.PublishAsync("news", new byte[1], new CancellationToken(canceled: true)).AsTask())
            .Should().ThrowAsync<OperationCanceledException>();

        await PublishAsync("news", "x");
        TextOf(await subscription.ReadAsync()).Should().Be("x");
    }

    [Theory]
    [InlineData("other", 1)]
    [InlineData("", 1)]
    [InlineData("news", 0)]
    [InlineData("news", 101)]
    public async Task Publish_OfWhatCannotBe_IsAnArgumentError(string topic, int length) =>
        await FluentActions.Awaiting(() => _topics.PublishAsync(topic, new byte[length]).AsTask()).Should().ThrowAsync<ArgumentException>();

    [Fact]
    public void Subscribe_ToAnUnknownTopic_IsAnArgumentError() => _topics.Invoking(topics => topics.Subscribe("other")).Should().Throw<ArgumentException>();

    [Fact]
    public void Topic_AddedTwice_IsRefused()
    {
        var registration = new TopicRegistration("news", TopicAccess.None, TopicOverflow.DropOldest);

        FluentActions.Invoking(() => new TopicSet([registration, registration], Options.Create(new TopicOptions()), TimeProvider.System))
            .Should().Throw<InvalidOperationException>().WithMessage("*news*");
    }

    [Fact]
    public async Task Subscribers_OfConcurrentPublishers_SeeTheSameOrder()
    {
        var subscriptions = Enumerable.Range(0, Subscribers).Select(_ => _topics.Subscribe("work")).ToArray();
        var reading = subscriptions.Select(subscription => Task.Run(() => ReadAsync(subscription, Publishers * MessagesOfEach))).ToArray();

        await PublishFromManyAsync("work");

        var received = await Task.WhenAll(reading).WaitAsync(Patience);
        foreach (var messages in received) messages.Select(TextOf).Should().Equal(received[0].Select(TextOf));
        received[0].Should().OnlyContain(message => message.Lost == 0);
        received[0].Select(TextOf).GroupBy(text => text[0]).Should().HaveCount(Publishers).And
            .OnlyContain(own => own.SequenceEqual(Enumerable.Range(0, MessagesOfEach).Select(number => $"{own.Key}{number}")),
                "a publisher's own messages keep their order, and none is lost");
        foreach (var subscription in subscriptions) subscription.Dispose();
    }

    [Fact]
    public async Task Subscribers_ThatLoseMessages_KnowOfEach()
    {
        using var subscription = _topics.Subscribe("news");
        var reading = Task.Run(async () =>
        {
            var (received, lost) = (new List<string>(), 0L);
            while (received is not [.., "end"])
            {
                var message = await subscription.ReadAsync();
                received.Add(TextOf(message));
                lost += message.Lost;
            }

            return (received, lost);
        });

        await PublishFromManyAsync("news");
        await PublishAsync("news", "end");

        var (received, lost) = await reading.WaitAsync(Patience);
        (received.Count + lost).Should().Be((Publishers * MessagesOfEach) + 1);
        received.Should().OnlyHaveUniqueItems();
    }

    private async Task PublishFromManyAsync(string topic) => await Task.WhenAll(Enumerable.Range(0, Publishers).Select(publisher => Task.Run(async () =>
    {
        for (var number = 0; number < MessagesOfEach; number++) await PublishAsync(topic, $"{(char)('a' + publisher)}{number}");
    }))).WaitAsync(Patience);

    private static async Task<List<TopicMessage>> ReadAsync(TopicSubscription subscription, int count)
    {
        var messages = new List<TopicMessage>();
        while (messages.Count < count) messages.Add(await subscription.ReadAsync());
        return messages;
    }

    private ValueTask PublishAsync(string topic, string text) => _topics.PublishAsync(topic, Encoding.UTF8.GetBytes(text));

    private static string TextOf(TopicMessage message) => Encoding.UTF8.GetString(message.Payload.Span);
}
