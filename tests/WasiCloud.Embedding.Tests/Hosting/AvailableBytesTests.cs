using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Tests.Hosting.Connections;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

/// <summary>
/// What <c>poll</c> and <c>FIONREAD</c> tell of streams, with <c>guests/c/available.c</c>. witx <c>event_fd_readwrite.nbytes</c>: "The number of bytes
/// available for reading or writing"; POSIX <c>poll</c>: POLLHUP, "a device has been disconnected, or a pipe or FIFO has been closed by the last process that
/// had it open for writing".
/// </summary>
public sealed class AvailableBytesTests : IAsyncTest
{
    private readonly TestHost _host = new(build: builder => builder.AddConnectionFiles());
    private readonly Pipe _input = new();
    private readonly Pipe _output = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task StandardInput_TellsWhatIsThereAndTheEnd()
    {
        await _input.Writer.WriteAsync("hello"u8.ToArray());
        await _input.Writer.CompleteAsync();
        (await RunAsync("-", new InvocationRequest { StandardInput = _input.Reader })).Should().Equal("5", "2", "0 hung up");
    }

    [Fact]
    public async Task StandardInput_OfNothing_IsEmptyAndHasNoOtherSide() => (await RunAsync("-", new InvocationRequest())).Should().Equal("0");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_TellsWhatIsThereAndTheEnd(bool isLengthKnown)
    {
        await _input.Writer.WriteAsync("hello"u8.ToArray());
        await _input.Writer.CompleteAsync();
        var request = new InvocationRequest { Method = "POST", Body = _input.Reader, ContentLength = isLengthKnown ? 5 : null };
        (await RunAsync("/request/body", request)).Should().Equal("5", "2", "0 hung up");
    }

    // What is known has a size and no other side.
    [Fact]
    public async Task Method_TellsWhatIsBehindTheOffset() =>
        (await RunAsync("/request/method", new InvocationRequest { Method = "POST" })).Should().Equal("4", "1", "0");

    [Fact]
    public async Task Stream_OfAConnection_TellsWhatIsThereAndTheEnd()
    {
        await _input.Writer.WriteAsync("hello"u8.ToArray());
        await _input.Writer.CompleteAsync();
        var connection = new GuestConnection(new Transport(_input.Reader, new Pipe().Writer), () => { }) { Request = Request("/connection/stream", new()) };
        await _host.Host.ServeConnectionAsync(await _host.LoadGuestAsync("available"), connection, CancellationToken.None).WaitAsync(TestHost.Patience);
        (await LinesAsync()).Should().Equal("5", "2", "0 hung up");
    }

    [Fact]
    public async Task Messages_TellWhatIsLeftOfTheNextAndTheEnd()
    {
        using var pair = await LoopbackPair.ConnectAsync();
        var (client, server) = pair.Upgrade();
        await client.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, default);
        await client.SendAsync("you"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, default);
        var connection = new GuestConnection(server) { Request = Request("/connection/messages", new()) };
        var serving = _host.Host.ServeConnectionAsync(await _host.LoadGuestAsync("available"), connection, CancellationToken.None);
        await ReadLinesAsync(3);
        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
        await serving.WaitAsync(TestHost.Patience);
        (await LinesAsync()).Should().Equal("5", "2", "3", "0 hung up");
    }

    private static InvocationRequest Request(string path, InvocationRequest request, PipeWriter? output = null) => new()
    {
        Method = request.Method,
        Body = request.Body,
        ContentLength = request.ContentLength,
        StandardInput = request.StandardInput,
        StandardOutput = output,
        Arguments = [path, "3"],
    };

    private InvocationRequest Request(string path, InvocationRequest request) => Request(path, request, _output.Writer);

    private async Task<string[]> RunAsync(string path, InvocationRequest request)
    {
        (await _host.RunAsync(await _host.LoadGuestAsync("available"), Request(path, request))).ExitCode.Should().Be(0);
        return await LinesAsync();
    }

    // Until so many are there, which stay there.
    private async Task ReadLinesAsync(int count)
    {
        while (true)
        {
            var read = await _output.Reader.ReadAsync().AsTask().WaitAsync(TestHost.Patience);
            var isEnough = Encoding.UTF8.GetString(read.Buffer).Count(character => character == '\n') >= count;
            _output.Reader.AdvanceTo(read.Buffer.Start, isEnough ? read.Buffer.Start : read.Buffer.End);
            if (isEnough) return;
        }
    }

    private async Task<string[]> LinesAsync()
    {
        await _output.Writer.CompleteAsync();
        using var bytes = new MemoryStream();
        await _output.Reader.CopyToAsync(bytes);
        return Encoding.UTF8.GetString(bytes.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private sealed record Transport(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
