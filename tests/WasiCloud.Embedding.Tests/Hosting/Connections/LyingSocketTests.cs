using System.Net.WebSockets;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Connections;

/// <summary>A WebSocket of the application that answers what none does: its guest reads that the connection is broken, and whoever serves it is told.</summary>
public sealed class LyingSocketTests
{
    private const int Throws = int.MaxValue;

    [Theory]
    [InlineData(1, "*says that it received*")]
    [InlineData(Throws, "A mistake.")]
    public async Task Serve_SocketThatReceivesWhatCannotBe_EndsItsGuestAndTells(int excess, string message)
    {
        await using var host = new TestHost(build: builder => builder.AddConnectionFiles());
        var serving = host.Host.ServeConnectionAsync(await host.LoadGuestAsync("connection"), new GuestConnection(new Socket(excess)));

        await serving.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<InvalidOperationException>().WithMessage(message);

        await host.RunAsync(await host.LoadGuestAsync("empty"));
    }

    private sealed class Socket(int excess) : WebSocket
    {
        public override WebSocketCloseStatus? CloseStatus => null;

        public override string? CloseStatusDescription => null;

        public override WebSocketState State => WebSocketState.Open;

        public override string? SubProtocol => null;

        public override void Abort()
        {
        }

        public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) => Task.CompletedTask;

        public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) =>
            Task.CompletedTask;

        public override void Dispose()
        {
        }

        public override Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public override ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            if (buffer.Length > 0 && excess == Throws) throw new InvalidOperationException("A mistake.");
            var count = buffer.Length == 0 ? 0 : buffer.Length + excess;
            return new(new ValueWebSocketReceiveResult(count, WebSocketMessageType.Text, endOfMessage: true));
        }

        public override Task SendAsync(ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) =>
            Task.CompletedTask;
    }
}
