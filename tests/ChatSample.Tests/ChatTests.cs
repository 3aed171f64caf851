using System.Net.WebSockets;
using FluentAssertions;
using WasiCloud.Embedding;
using Xunit;

namespace ChatSample.Tests;

/// <summary><c>samples/ChatSample</c> in a real browser.</summary>
public sealed class ChatTests : IDisposable
{
    // Set to a folder, it gets pictures of what the browsers show.
    private static readonly string? Screenshots = Environment.GetEnvironmentVariable("CHAT_SCREENSHOTS");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("chat-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Room_WithTwoParticipants_ShowsWhatEitherSays()
    {
        using (var sample = await StartAsync())
        {
            using var ada = await Browser.OpenAsync(sample.Client.BaseAddress!);
            using var bob = await Browser.OpenAsync(sample.Client.BaseAddress!);
            await ada.JoinAsync("lobby", "Ada");
            await bob.JoinAsync("lobby", "Bob");
            await ada.WaitForAsync("Bob joined");

            ada.Say("Hello, Bob! Grüße, 你好");
            await bob.WaitForAsync("Ada Hello, Bob! Grüße, 你好");
            bob.Say("<b>bold</b> & \"quoted\" \\ <script>document.title='owned'</script>");
            await ada.WaitForAsync("Bob <b>bold</b> & \"quoted\" \\ <script>document.title='owned'</script>");
            ada.Count("#messages li b").Should().Be(2, "names are the only bold text: what others write is no markup");
            if (Screenshots is not null) ada.SaveScreenshot(Path.Combine(Screenshots, "chat.png"));

            await bob.JoinAsync("games", "Bob");
            await ada.WaitForAsync("Bob left");
            bob.Messages.Should().NotContain("Hello, Bob!", "rooms are apart");
            (await sample.StopAsync()).Should().Be(0);
            await ada.WaitForStateAsync("disconnected (1001)");
        }

        // The history is in the store.
        using (var sample = await StartAsync())
        {
            using var eve = await Browser.OpenAsync(sample.Client.BaseAddress!);
            await eve.JoinAsync("lobby", "Eve");
            await eve.WaitForAsync("Ada Hello, Bob! Grüße, 你好");
            await eve.WaitForAsync("Eve joined");
            eve.Messages.Should().NotContain("Bob joined", "only what was said is kept");
            (await sample.StopAsync()).Should().Be(0);
        }
    }

    [Theory]
    [InlineData("/rooms/nowhere?name=Ada", 4004)]
    [InlineData("/rooms/..%2Flobby?name=Ada", 4004)]
    [InlineData("/rooms/lobby?name=", 4000)]
    [InlineData("/rooms/lobby?name=a%2Fb", 4000)]
    public async Task Room_ThatCannotBeJoined_ClosesWithTheReason(string path, int code)
    {
        using var sample = await StartAsync();
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri("ws://" + sample.Client.BaseAddress!.Authority + path), default);

        var result = await socket.ReceiveAsync(new byte[1000], default);

        (result.MessageType, (int?)result.CloseStatus).Should().Be((WebSocketMessageType.Close, code));
    }

    private Task<SampleProcess> StartAsync() =>
        SampleProcess.StartAsync("ChatSample", Path.Combine(_folder.FullName, "modules"), "--Database", Path.Combine(_folder.FullName, "chat.db"));
}
