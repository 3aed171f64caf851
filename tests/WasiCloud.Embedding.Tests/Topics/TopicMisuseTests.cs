using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Tests.Hosting;
using WasiCloud.Embedding.Topics;
using Xunit;

namespace WasiCloud.Embedding.Tests.Topics;

/// <summary>What an application does wrong with topics names its own parameter.</summary>
public sealed class TopicMisuseTests : IAsyncTest
{
    private readonly TestHost _host = new(build: builder => builder.AddTopic("news").ConfigureTopics(options => options.MaxMessageBytes = 10));

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("nothing", "There is no topic 'nothing'.*")]
    [InlineData("", "*empty*")]
    public async Task Topic_ThatThereIsNot_IsAnArgumentException(string topic, string message)
    {
        foreach (var topics in new[] { Topics, Topics.ForTenant("ann") })
        {
            await topics.Awaiting(it => it.PublishAsync(topic, "x"u8.ToArray()).AsTask()).Should().ThrowAsync<ArgumentException>()
                .WithMessage(message).WithParameterName(nameof(topic));
            topics.Invoking(it => it.Subscribe(topic)).Should().Throw<ArgumentException>().WithMessage(message).WithParameterName(nameof(topic));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    public async Task Message_OfALengthThatIsNotAllowed_IsAnArgumentException(int length) =>
        await Topics.Awaiting(it => it.PublishAsync("news", new byte[length]).AsTask()).Should().ThrowAsync<ArgumentException>()
            .WithMessage($"The message has {length} bytes; it must have 1 to 10.*").WithParameterName("message");

    private IGuestTopics Topics => _host.Services.GetRequiredService<IGuestTopics>();
}
