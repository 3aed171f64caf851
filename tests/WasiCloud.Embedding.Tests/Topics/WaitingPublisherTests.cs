using System.Text;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Topics;
using WasiCloud.Embedding.Waiting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Topics;

/// <summary>Which of the publishers that wait for room is next, and how their wait ends.</summary>
public sealed class WaitingPublisherTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _time = new();
    private readonly CancellationTokenSource _patience = new();
    private readonly TopicPort _subscriber = new(owner: null);
    private readonly Topic _topic;

    public WaitingPublisherTests() => _topic = NewTopic(new TopicOptions { MaxMessageBytes = 10, MaxQueuedMessages = 2, MaxQueuedBytes = 20 });

    public void Dispose() => _patience.Dispose();

    [Fact]
    public async Task Publishers_ThatWaitNotLong_GoOnInTheOrderInWhichTheyCame()
    {
        var publishers = Fill(["0", "1", "2", "3"], _patience.Token);
        _time.Advance(ArrivalOrder.Long);

        TakeAll().Should().Equal("full", "full", "0", "1", "2", "3");

        await Task.WhenAll(publishers).WaitAsync(Patience);
    }

    [Fact]
    public async Task Publishers_TheFirstOfWhichWaitsForLong_GoOnFromTheLastButOneInEight()
    {
        var names = Enumerable.Range(0, 20).Select(number => $"{number}").ToArray();
        var publishers = Fill(names, _patience.Token);
        _time.Advance(ArrivalOrder.Long + TimeSpan.FromTicks(1));

        TakeAll().Skip(2).Take(16).Should().Equal("19", "18", "17", "16", "15", "14", "13", "0", "12", "11", "10", "9", "8", "7", "6", "1");

        var outcomes = await Task.WhenAll(publishers).WaitAsync(Patience);
        outcomes.Should().OnlyContain(outcome => outcome == PublishOutcome.Published, "nobody is passed by for ever");
    }

    [Fact]
    public async Task Publishers_ThatCannotGiveUp_KeepTheirOrderHoweverLongTheyWait()
    {
        var publishers = Fill(["0", "1", "2", "3"], CancellationToken.None);
        _time.Advance(ArrivalOrder.Long + TimeSpan.FromTicks(1));

        TakeAll().Should().Equal("full", "full", "0", "1", "2", "3");

        await Task.WhenAll(publishers).WaitAsync(Patience);
    }

    [Fact]
    public async Task Publisher_WithoutATokenAmongOthers_IsPassedByNobodyWhenItIsFirst()
    {
        var first = Fill(["first"], CancellationToken.None);
        var others = new[] { PublishAsync("1", _patience.Token), PublishAsync("2", _patience.Token) };
        _time.Advance(ArrivalOrder.Long + TimeSpan.FromTicks(1));

        TakeAll().Should().Equal("full", "full", "first", "2", "1");

        await Task.WhenAll([.. first, .. others]).WaitAsync(Patience);
    }

    [Fact]
    public async Task LongMessage_ThatIsNextAndHasNoRoomYet_IsNotPassedByShorterOnes()
    {
        var topic = NewTopic(new TopicOptions { MaxMessageBytes = 10, MaxQueuedMessages = 9, MaxQueuedBytes = 12 });
        await PublishAsync("abcde", _patience.Token, topic);
        await PublishAsync("vwxyz", _patience.Token, topic);
        var @long = PublishAsync("1234567890", _patience.Token, topic);
        _time.Advance(ArrivalOrder.Long + TimeSpan.FromTicks(1));
        var last = PublishAsync("x", _patience.Token, topic);

        Take(topic).Should().Be("abcde");
        last.IsCompleted.Should().BeFalse("there is room for it, but not for the one that was chosen");
        Take(topic).Should().Be("vwxyz");

        (await @long.WaitAsync(Patience)).Should().Be(PublishOutcome.Published);
        (await last.WaitAsync(Patience)).Should().Be(PublishOutcome.Published);
        new[] { Take(topic), Take(topic) }.Should().Equal("1234567890", "x");
    }

    [Fact]
    public async Task Publisher_ThatIsNextAndGivesUp_LetsAnotherGoOn()
    {
        var topic = NewTopic(new TopicOptions { MaxMessageBytes = 10, MaxQueuedMessages = 9, MaxQueuedBytes = 12 });
        await PublishAsync("1234567890", CancellationToken.None, topic);
        var @long = PublishAsync("abcdefghij", _patience.Token, topic);
        var next = PublishAsync("x", CancellationToken.None, topic);
        next.IsCompleted.Should().BeFalse();

        await _patience.CancelAsync();

        (await @long.WaitAsync(Patience)).Should().Be(PublishOutcome.GivenUp);
        (await next.WaitAsync(Patience)).Should().Be(PublishOutcome.Published);
        new[] { Take(topic), Take(topic), Take(topic) }.Should().Equal("1234567890", "x", null);
    }

    [Fact]
    public async Task Publisher_ThatGivesUp_LeavesAtOnceAndIsToldNotThrown()
    {
        var publishers = Fill(["0", "1"], _patience.Token);

        await _patience.CancelAsync();

        _topic.WaitingPublishers.Should().Be(0, "its place does not wait for a thread of the pool");
        (await Task.WhenAll(publishers).WaitAsync(Patience)).Should().OnlyContain(outcome => outcome == PublishOutcome.GivenUp);
        TakeAll().Should().Equal("full", "full");
    }

    [Fact]
    public async Task Publisher_ThatGaveUp_MayPublishAgainFromTheSamePort()
    {
        var port = new TopicPort(owner: null);
        Fill([], CancellationToken.None);
        var first = PublishAsync("given up", _patience.Token, port: port);
        await _patience.CancelAsync();
        (await first.WaitAsync(Patience)).Should().Be(PublishOutcome.GivenUp);

        var second = PublishAsync("again", CancellationToken.None, port: port);
        second.IsCompleted.Should().BeFalse();

        TakeAll().Should().Equal("full", "full", "again");
        (await second.WaitAsync(Patience)).Should().Be(PublishOutcome.Published);
    }

    [Fact]
    public async Task Publisher_WithACancelledToken_WaitsNotAtAll()
    {
        Fill([], CancellationToken.None);

        (await PublishAsync("x", new CancellationToken(canceled: true)).WaitAsync(Patience)).Should().Be(PublishOutcome.GivenUp);

        TakeAll().Should().Equal("full", "full");
    }

    private Topic NewTopic(TopicOptions options)
    {
        var topic = new Topic("topic", TopicAccess.Publish | TopicAccess.Subscribe, TopicOverflow.BlockPublisher, options, _time);
        topic.TryAdd(_subscriber, 1);
        return topic;
    }

    // Those named wait, because what was published before fills the queue.
    private Task<PublishOutcome>[] Fill(string[] names, CancellationToken cancellationToken)
    {
        for (var index = 0; index < 2; index++) PublishAsync("full", CancellationToken.None).IsCompletedSuccessfully.Should().BeTrue();
        var publishers = names.Select(name => PublishAsync(name, cancellationToken)).ToArray();
        _topic.WaitingPublishers.Should().Be(names.Length);
        return publishers;
    }

    private async Task<PublishOutcome> PublishAsync(string text, CancellationToken cancellationToken, Topic? topic = null, TopicPort? port = null)
    {
        topic ??= _topic;
        var message = topic.Rent();
        Encoding.UTF8.GetBytes(text, message.Begin(text.Length));
        var outcome = await topic.PublishAsync(message, port ?? new TopicPort(owner: null), cancellationToken);
        message.Release();
        return outcome;
    }

    private string? Take(Topic topic)
    {
        var message = topic.TryTake(_subscriber, out _);
        var text = message is null ? null : Encoding.UTF8.GetString(message.Memory.Span);
        message?.Release();
        return text;
    }

    private List<string> TakeAll()
    {
        var texts = new List<string>();
        while (Take(_topic) is { } text) texts.Add(text);
        return texts;
    }
}
