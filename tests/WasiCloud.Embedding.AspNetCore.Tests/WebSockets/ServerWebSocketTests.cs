using System.Net.WebSockets;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using WasiCloud.Embedding.AspNetCore.WebSockets;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests.WebSockets;

/// <summary>The server's side of a WebSocket alone, over a connection that is cut wherever a test wants.</summary>
public sealed class ServerWebSocketTests : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedStream _stream = new();
    private readonly ServerWebSocket _socket;
    private bool _isBroken;

    public ServerWebSocketTests() => _socket = new ServerWebSocket(_stream, () => _isBroken = true, subProtocol: null, (Interval, Patience), Patience, _time);

    public void Dispose()
    {
        _socket.Dispose();
        _stream.Dispose();
    }

    /// <summary>Whatever the pieces are, and however much is asked for at a time.</summary>
    [Fact]
    public async Task Receive_SplitAtEveryByte_GivesWhatTheProtocolSays()
    {
        const int MaxBytes = 200;
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            byte[] wire = [.. new FrameGenerator(random, MaxBytes).Sequence().SelectMany(frame => frame.Write(random))];
            var expected = FrameOracle.Judge(wire, int.MaxValue);

            // A socket does not look into text.
            if (expected is { Code: 1007, IsOrderly: false }) continue;
            for (var cut = 0; cut < wire.Length; cut += random.Next(1, 4))
            {
                var (messages, status, state) = await ReceiveAsync([wire[..cut], wire[cut..]], buffer: random.Next(1, 300));

                messages.Should().Equal(expected.Messages.Select(Convert.ToHexString), "seed {0}, cut {1}", seed, cut);
                if (expected.IsOrderly) (state, status).Should().Be((WebSocketState.CloseReceived, expected.HasCode ? expected.Code : 1005));
                else if (expected.Code != 0) (state, status).Should().Be((WebSocketState.Closed, null), "seed {0}, cut {1}", seed, cut);
            }
        }
    }

    [Theory]
    [InlineData("88820000000003E8", 1000)]
    [InlineData("888000000000", 1005)]
    public async Task Receive_CloseFrame_TellsItsCodeOrThatThereIsNone(string hex, int code)
    {
        _stream.Give(Convert.FromHexString(hex));

        (await _socket.ReceiveAsync(new byte[10], default)).MessageType.Should().Be(WebSocketMessageType.Close);

        (_socket.CloseStatus, _socket.State).Should().Be(((WebSocketCloseStatus)code, WebSocketState.CloseReceived));
        await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "bye", default);
        (Convert.ToHexString(_stream.Written), _socket.State).Should().Be(("880503E8627965", WebSocketState.Closed));
    }

    [Fact]
    public async Task Receive_WhatIsForbidden_IsAnsweredAndLeavesTheConnectionToTheServer()
    {
        _stream.Give([0xC1, 0x80, 0, 0, 0, 0]);

        var receive = () => _socket.ReceiveAsync(new byte[10], default);
        (await receive.Should().ThrowAsync<WebSocketException>()).Which.WebSocketErrorCode.Should().Be(WebSocketError.Faulted);
        _socket.Dispose();

        (Convert.ToHexString(_stream.Written), _isBroken).Should().Be(("880203EA", false));
    }

    [Fact]
    public async Task Receive_EndOfTheConnection_BreaksIt()
    {
        _stream.Give([0x81]);
        _stream.End();

        await FluentActions.Awaiting(() => _socket.ReceiveAsync(new byte[10], default)).Should().ThrowAsync<WebSocketException>();

        (_socket.State, _isBroken).Should().Be((WebSocketState.Aborted, true));
    }

    [Theory]
    [InlineData(125, "817D")]
    [InlineData(126, "817E007E")]
    [InlineData(65_535, "817EFFFF")]
    [InlineData(65_536, "817F0000000000010000")]
    public async Task Send_AnyLength_HasTheShortestHeader(int length, string header)
    {
        await _socket.SendAsync(new byte[length].AsMemory(), WebSocketMessageType.Text, endOfMessage: true, default);

        _stream.Written.Length.Should().Be(length + (header.Length / 2));
        Convert.ToHexString(_stream.Written).Should().StartWith(header + "00");
    }

    [Fact]
    public async Task Send_InFragments_ContinuesTheMessage()
    {
        await _socket.SendAsync("a"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: false, default);
        await _socket.SendAsync("b"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, default);

        Convert.ToHexString(_stream.Written).Should().Be("020161800162");
    }

    [Fact]
    public async Task KeepAlive_SilentClient_IsAskedAndThenBroken()
    {
        var receiving = _socket.ReceiveAsync(new byte[10].AsMemory(), default);

        _time.Advance(Interval - TimeSpan.FromSeconds(1));
        _stream.Written.Should().BeEmpty();
        _time.Advance(TimeSpan.FromSeconds(1));
        Convert.ToHexString(_stream.Written).Should().Be("8900");
        _isBroken.Should().BeFalse();
        _time.Advance(Patience);

        _isBroken.Should().BeTrue();
        receiving.IsCompleted.Should().BeFalse("breaking the connection ends it, which this stream does not know");
    }

    [Fact]
    public async Task KeepAlive_ClientThatAnswers_IsAskedAgain()
    {
        var receiving = _socket.ReceiveAsync(new byte[10].AsMemory(), default).AsTask();
        for (var round = 1; round <= 5; round++)
        {
            _time.Advance(Interval);
            _stream.Written.Length.Should().Be(2 * round, "round {0}", round);
            _stream.Give([0x8A, 0x80, 0, 0, 0, 0]);

            // Until it was taken, which is where the message behind it is.
            _stream.Give([0x81, 0x81, 0, 0, 0, 0, (byte)'x']);
            (await receiving.WaitAsync(TestLimits.Patience)).Count.Should().Be(1);
            receiving = _socket.ReceiveAsync(new byte[10].AsMemory(), default).AsTask();
            _time.Advance(Patience);
        }

        _isBroken.Should().BeFalse();
    }

    [Fact]
    public void KeepAlive_WhileNobodyReceives_BreaksNothing()
    {
        for (var round = 0; round < 5; round++) _time.Advance(Interval + Patience);

        _isBroken.Should().BeFalse("what the client has answered was not read");
    }

    private static async Task<(List<string> Messages, int? Status, WebSocketState State)> ReceiveAsync(byte[][] pieces, int buffer)
    {
        await using var stream = new ScriptedStream();
        foreach (var piece in pieces.Where(static piece => piece.Length > 0)) stream.Give(piece);
        stream.End();
        var never = (Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        using var socket = new ServerWebSocket(stream, static () => { }, subProtocol: null, never, Patience, TimeProvider.System);
        var messages = new List<string>();
        var message = new List<byte>();
        var room = new byte[buffer];
        try
        {
            while (true)
            {
                var result = await socket.ReceiveAsync(room.AsMemory(), default);
                if (result.MessageType == WebSocketMessageType.Close) break;
                message.AddRange(room.AsSpan(0, result.Count));
                if (!result.EndOfMessage) continue;
                if (message.Count > 0) messages.Add(Convert.ToHexString(message.ToArray()));
                message.Clear();
            }
        }
        catch (WebSocketException)
        {
            // The state says what it was.
        }

        return (messages, (int?)socket.CloseStatus, socket.State);
    }
}
