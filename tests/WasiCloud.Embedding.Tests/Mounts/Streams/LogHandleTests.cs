using System.Buffers;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Streams;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.Streams;

public sealed class LogHandleTests
{
    private readonly List<string> _lines = [];
    private readonly TailBuffer _tail = new();
    private readonly LogHandle _handle;

    public LogHandleTests() => _handle = new LogHandle(_lines.Add, _tail);

    [Fact]
    public async Task Write_AnySplit_GivesTheSameLines()
    {
        var bytes = "one\r\ntwo\n\nth\u00e9\r\n"u8.ToArray();
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            _lines.Clear();
            await HandleCalls.WriteAllAsync(_handle, bytes.AsMemory(0, cut));
            await HandleCalls.WriteAllAsync(_handle, bytes.AsMemory(cut));

            _lines.Should().Equal("one", "two", string.Empty, "th\u00e9");
        }
    }

    [Fact]
    public void TryWrite_LineEnds_IsLeftToTheWaitingHalf()
    {
        HandleCalls.TryWrite(_handle, "a\n"u8, out _).Should().BeFalse();

        _lines.Should().BeEmpty();
        _tail.ToString().Should().BeEmpty();
    }

    [Fact]
    public void TryWrite_NobodyWantsLines_AcceptsThem()
    {
        HandleCalls.TryWrite(new LogHandle(_lines.Add, _tail) { IsWanted = false }, "a\nb"u8, out var result).Should().BeTrue();

        result.Value.Should().Be(3);
        _tail.ToString().Should().Be("a\nb");
    }

    [Theory]
    [InlineData(CloseReason.Closed)]
    [InlineData(CloseReason.Abandoned)]
    public async Task CloseAsync_PartialLine_IsLogged(CloseReason reason)
    {
        HandleCalls.TryWrite(_handle, "last words"u8, out _).Should().BeTrue();

        await _handle.CloseAsync(reason, CancellationToken.None);

        _lines.Should().Equal("last words");
    }

    [Fact]
    public async Task Write_LineTooLong_IsCutBetweenCharacters()
    {
        // The cut would fall into the middle of a two-byte character.
        var line = "x" + new string('\u00e9', LogHandle.MaxLineBytes);

        await HandleCalls.WriteAllAsync(_handle, Encoding.UTF8.GetBytes(line + "\n"));

        string.Concat(_lines).Should().Be(line);
        _lines.Should().HaveCount(3).And.OnlyContain(piece => Encoding.UTF8.GetByteCount(piece) <= LogHandle.MaxLineBytes);
    }

    [Fact]
    public async Task Write_EndlessBinaryLine_StaysBounded()
    {
        var bytes = Enumerable.Repeat((byte)0x80, 5 * LogHandle.MaxLineBytes).ToArray();

        await _handle.WriteAsync(new ReadOnlySequence<byte>(bytes), 0, CancellationToken.None);

        _lines.Should().HaveCount(4).And.OnlyContain(piece => piece.Length == LogHandle.MaxLineBytes);
    }

    [Fact]
    public async Task Write_Always_KeepsTheTail()
    {
        await HandleCalls.WriteAllAsync(_handle, "panic: \u20ac\nat x"u8.ToArray());

        _tail.ToString().Should().Be("panic: \u20ac\nat x");
    }

    [Fact]
    public void TryPoll_Write_IsReady()
    {
        _handle.TryPoll(FileReadiness.Write, out var readiness).Should().BeTrue();
        readiness.Value.Should().Be(FileReadiness.Write);
    }
}
