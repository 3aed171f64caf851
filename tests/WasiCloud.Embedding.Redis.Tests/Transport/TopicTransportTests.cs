using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Tests.Hosting;
using WasiCloud.Embedding.Topics;
using Xunit;

namespace WasiCloud.Embedding.Redis.Tests.Transport;

/// <summary>Messages between hosts that share a server.</summary>
public sealed class TopicTransportTests : TransportTestBase
{
    [Fact]
    public async Task Messages_OfSeveralProcesses_ComeInOneOrderToAll()
    {
        const int PerPublisher = 100;
        var hosts = Enumerable.Range(0, 3)
            .Select(_ => NewHost(builder => builder.AddTopic("news").ConfigureTopics(options => options.MaxQueuedMessages = 1000))).ToArray();
        await EachKnowsAsync(hosts);
        var subscriptions = hosts.Select(host => TopicsOf(host).Subscribe("news")).ToArray();

        await Task.WhenAll(hosts.Select(async (host, index) =>
        {
            for (var number = 0; number < PerPublisher; number++) await TopicsOf(host).PublishAsync("news", Bytes($"{index} {number}"));
        }));
        var received = await Task.WhenAll(subscriptions.Select(subscription => ReadAsync(subscription, hosts.Length * PerPublisher)));

        received[1].Should().Equal(received[0]);
        received[2].Should().Equal(received[0]);
        for (var index = 0; index < hosts.Length; index++)
            received[0].Where(text => text.StartsWith($"{index} ", StringComparison.Ordinal))
                .Should().Equal(Enumerable.Range(0, PerPublisher).Select(number => $"{index} {number}"));
        foreach (var subscription in subscriptions) subscription.Dispose();
    }

    [Fact]
    public async Task Message_OfAGuest_ComesToAGuestElsewhere()
    {
        var (first, second) = (NewHost(builder => builder.AddTopic("news")), NewHost(builder => builder.AddTopic("news")));
        await EachKnowsAsync(first, second);
        var reading = Task.Run(async () =>
        {
            using var output = new MemoryStream();
            var request = new InvocationRequest { Arguments = ["read", "news", "3"], StandardOutput = System.IO.Pipelines.PipeWriter.Create(output) };
            await second.RunAsync(await second.LoadGuestAsync("topic"), request);
            return Encoding.UTF8.GetString(output.ToArray());
        });
        var topic = second.Services.GetRequiredService<TopicSet>().Find("news")!;
        await TestHost.UntilAsync(() => topic.SubscriberCount > 0);

        await first.RunAsync(await first.LoadGuestAsync("topic"), TestHost.WithArguments("publish", "news", "guest", "3"));

        (await reading.WaitAsync(TestHost.Patience)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Should().HaveCount(3).And.OnlyContain(line => line.Contains("guest"));
    }

    [Fact]
    public async Task Guests_ThatDoNotBlock_PublishAndReceiveAll()
    {
        const int Each = 20;
        var (first, second) = (NewHost(builder => builder.AddTopic("news")), NewHost(builder => builder.AddTopic("news")));
        await EachKnowsAsync(first, second);
        var running = new[] { first, second }.Select((host, index) => Task.Run(async () => await host.RunAsync(
            await host.LoadGuestAsync("topic"), TestHost.WithArguments("crowd", "news", $"{index}", $"{Each}", $"{2 * Each}")))).ToArray();
        foreach (var host in new[] { first, second })
            await TestHost.UntilAsync(() => host.Services.GetRequiredService<TopicSet>().Find("news")!.SubscriberCount > 0);

        await TopicsOf(first).PublishAsync("news", Bytes("go"));

        await Task.WhenAll(running).WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task Messages_ThatTheServerHasLost_AreCounted()
    {
        var (first, second) = (NewHost(builder => builder.AddTopic("news")), NewHost(builder => builder.AddTopic("news")));
        await EachKnowsAsync(first, second);
        using var subscription = TopicsOf(second).Subscribe("news");
        await TopicsOf(first).PublishAsync("news", Bytes("before"));
        (await subscription.ReadAsync()).Lost.Should().Be(0);

        await (await ConnectAsync()).StringIncrementAsync($"{{{Name}}}:t:news:count", 3);
        await TopicsOf(first).PublishAsync("news", Bytes("after"));

        var message = await ReadAsync(subscription);
        (TextOf(message), message.Lost).Should().Be(("after", 3L));
        second.Logs.Entries.Should().ContainSingle();
    }

    [Fact]
    public async Task Message_LongerThanIsAllowedHere_IsLostHere()
    {
        var first = NewHost(builder => builder.AddTopic("news"));
        var second = NewHost(builder => builder.AddTopic("news").ConfigureTopics(options => options.MaxMessageBytes = 30));
        await EachKnowsAsync(first, second);
        using var subscription = TopicsOf(second).Subscribe("news");

        await TopicsOf(first).PublishAsync("news", new byte[31]);
        await TopicsOf(first).PublishAsync("news", Bytes("shorter"));

        var message = await ReadAsync(subscription);
        (TextOf(message), message.Lost).Should().Be(("shorter", 1L));
    }

    [Fact]
    public async Task Topic_ThatIsNotShared_StaysHere()
    {
        var first = NewHost(builder => builder.AddTopic("news").AddTopic("own"), options => options.LocalTopics.Add("own"));
        var second = NewHost(builder => builder.AddTopic("news").AddTopic("own"));
        await EachKnowsAsync(first, second);
        using var own = TopicsOf(second).Subscribe("own");
        using var news = TopicsOf(second).Subscribe("news");

        await TopicsOf(first).PublishAsync("own", Bytes("here"));
        await TopicsOf(first).PublishAsync("news", Bytes("there"));
        await ReadAsync(news);
        await TopicsOf(second).PublishAsync("own", Bytes("mine"));

        TextOf(await ReadAsync(own)).Should().Be("mine");
    }

    [Fact]
    public void Topic_ThatBlocksItsPublishers_CannotBeShared() =>
        FluentActions.Invoking(() => NewHost(builder => builder.AddTopic("work", overflow: TopicOverflow.BlockPublisher)))
            .Should().Throw<InvalidOperationException>().WithMessage("*'work'*shared*");

    // A process hears what is published from its first connection on.
    private static async Task EachKnowsAsync(params TestHost[] hosts)
    {
        foreach (var host in hosts) await TopicsOf(host).PublishAsync("news", Bytes("first"));
        var subscriptions = hosts.Select(host => TopicsOf(host).Subscribe("news")).ToArray();
        await TopicsOf(hosts[0]).PublishAsync("news", Bytes("second"));

        // All have delivered this before what comes later.
        foreach (var subscription in subscriptions)
        {
            await ReadUntilAsync(subscription, "second");
            subscription.Dispose();
        }
    }

    private static async Task<List<string>> ReadAsync(TopicSubscription subscription, int count)
    {
        List<string> texts = [];
        while (texts.Count < count)
        {
            var message = await ReadAsync(subscription);
            message.Lost.Should().Be(0);
            texts.Add(TextOf(message));
        }

        return texts;
    }
}
