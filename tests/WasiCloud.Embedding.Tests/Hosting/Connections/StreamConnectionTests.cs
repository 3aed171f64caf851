using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Connections;

/// <summary>Guests that live for a stream of bytes, with <c>guests/c/connection.c</c>, over real sockets.</summary>
public sealed class StreamConnectionTests : IAsyncTest
{
    private readonly FakeTimeProvider _time = new();
    private readonly TestHost _host;
    private readonly List<LoopbackPair> _pairs = [];
    private volatile bool _isAborted;

    public StreamConnectionTests() => _host = new TestHost(time: _time, build: builder => builder.AddConnectionFiles());

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        foreach (var pair in _pairs) pair.Dispose();
    }

    [Theory]
    [InlineData("stream", "")]
    [InlineData("halves", "bye")]
    public async Task Stream_EveryByte_ComesBack(string mode, string atTheEnd)
    {
        var (client, serving) = await ServeAsync(mode);
        var bytes = new byte[3_000_000];
        new Random(1).NextBytes(bytes);

        var sending = Task.Run(async () =>
        {
            await client.WriteAsync(bytes);
            client.Socket.Shutdown(SocketShutdown.Send);
        });
        using var received = new MemoryStream();
        await client.CopyToAsync(received).WaitAsync(TestHost.Patience);

        await sending;
        received.ToArray().AsSpan(0, bytes.Length).SequenceEqual(bytes).Should().BeTrue();
        Encoding.UTF8.GetString(received.ToArray().AsSpan(bytes.Length)).Should().Be(atTheEnd);
        (await serving.WaitAsync(TestHost.Patience)).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Guest_ThatTraps_BreaksTheConnection()
    {
        var (client, serving) = await ServeAsync("stream");

        await client.WriteAsync("crash\n"u8.ToArray());

        await FluentActions.Awaiting(() => client.CopyToAsync(Stream.Null).WaitAsync(TestHost.Patience))
            .Should().ThrowAsync<IOException>("it must not look complete");
        await serving.Awaiting(it => it).Should().ThrowAsync<GuestTrapException>();
    }

    [Fact]
    public async Task Guest_ThatIsAskedToEnd_ReadsTheEnd()
    {
        using var stopping = new CancellationTokenSource();
        var (client, serving) = await ServeAsync("stream", stopping: stopping.Token);
        await client.WriteAsync("some"u8.ToArray());
        await client.ReadExactlyAsync(new byte[4]).AsTask().WaitAsync(TestHost.Patience);

        await stopping.CancelAsync();

        (await client.ReadAsync(new byte[1]).AsTask().WaitAsync(TestHost.Patience)).Should().Be(0);
        (await serving.WaitAsync(TestHost.Patience)).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Client_ThatHasGone_LeavesTheGuestItsGracePeriod()
    {
        using var closed = new CancellationTokenSource();
        var (client, serving) = await ServeAsync("stream", closed: closed.Token);
        await client.WriteAsync("some"u8.ToArray());
        await client.ReadExactlyAsync(new byte[4]).AsTask().WaitAsync(TestHost.Patience);

        await closed.CancelAsync();
        await client.WriteAsync("more"u8.ToArray());
        await client.ReadExactlyAsync(new byte[4]).AsTask().WaitAsync(TestHost.Patience);
        _time.Advance(TimeSpan.FromSeconds(10));

        await serving.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Client_ThatTakesNothing_BreaksTheConnection()
    {
        var (client, serving) = await ServeAsync("stream");

        var sending = SendUntilBrokenAsync(client);

        // The time to send passes only while the guest waits for the client. Breaking happens in here, and from then on time stands still:
        // the guest is not ended before it has looked.
        await TestHost.UntilAsync(() => _isAborted, () => _time.Advance(TimeSpan.FromSeconds(30)));

        (await serving.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestExitException>())
            .Which.StandardError.Should().MatchRegex("write: Broken pipe|read: Connection reset", "it is broken whatever the guest does next");
        await sending;
    }

    private static async Task SendUntilBrokenAsync(NetworkStream client)
    {
        var bytes = new byte[1 << 20];
        var sent = 0L;
        try
        {
            for (; ; sent += bytes.Length) await client.WriteAsync(bytes).AsTask().WaitAsync(TestHost.Patience);
        }
        catch (IOException)
        {
            sent.Should().BeLessThan(100 << 20, "what waits for the client is bounded");
        }
    }

    private async Task<(NetworkStream Client, Task<InvocationCompletion> Serving)> ServeAsync(
        string mode, CancellationToken stopping = default, CancellationToken closed = default)
    {
        var pair = await LoopbackPair.ConnectAsync();
        _pairs.Add(pair);
        var connection = new GuestConnection(new Transport(pair.Server), Abort)
        {
            Request = new()
            {
                Arguments = [mode],
                Stopping = stopping
            },
            Closed = closed,
        };
        return (pair.Client, _host.Host.ServeConnectionAsync(await _host.LoadGuestAsync("connection"), connection, CancellationToken.None));

        void Abort()
        {
            _isAborted = true;
            pair.Server.Socket.Close(0);
        }
    }

    private sealed class Transport(NetworkStream stream) : IDuplexPipe
    {
        public PipeReader Input { get; } = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));

        public PipeWriter Output { get; } = PipeWriter.Create(new ShuttingStream(stream));
    }

    // Completing the output is the end for the client, while the input goes on.
    private sealed class ShuttingStream(NetworkStream stream) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => stream.Write(buffer, offset, count);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            stream.WriteAsync(buffer, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            if (disposing && stream.Socket.Connected) stream.Socket.Shutdown(SocketShutdown.Send);
            base.Dispose(disposing);
        }
    }
}
