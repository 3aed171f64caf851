using System.Buffers;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Hosting.Streams;
using WasiCloud.Embedding.Tests.Mounts.Nodes;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Streams;

public sealed class LogHandleTests
{
    private readonly List<string> _lines = [];
    private readonly TailBuffer _tail = new();
    private readonly List<(long Lines, long Bytes)> _omitted = [];
    private readonly LogHandle _handle;

    public LogHandleTests() => _handle = Create(LogLimits.None, out _);

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
        HandleCalls.TryWrite(new LogHandle(_lines.Add, NoLimits(), _tail) { IsWanted = false }, "a\nb"u8, out var result).Should().BeTrue();

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
    public async Task Write_MoreLinesThanMayBe_CountsTheOthers()
    {
        var handle = Create(LogLimits.None with { MaxLines = 3 }, out var allowance);

        await HandleCalls.WriteAllAsync(handle, "1\n2\n3\n4\n5\nsix"u8.ToArray());
        await HandleCalls.WriteAllAsync(handle, " is one line\n7"u8.ToArray());
        await handle.CloseAsync(CloseReason.Closed, CancellationToken.None);
        allowance.End();

        _lines.Should().Equal("1", "2", "3");
        _omitted.Should().Equal((4, 21));
        _tail.ToString().Should().EndWith("5\nsix is one line\n7");
    }

    [Fact]
    public async Task Write_MoreBytesThanMayBe_CountsWhatIsEscapedAsItIsLogged()
    {
        var handle = Create(LogLimits.None with { MaxBytes = 12 }, out var allowance);

        await HandleCalls.WriteAllAsync(handle, "\u001b\u001b\nx\n"u8.ToArray());
        allowance.End();

        _lines.Should().Equal(@"\u{1b}\u{1b}");
        _omitted.Should().Equal((1, 2));
    }

    [Fact]
    public async Task Write_LongLineWithoutAllowance_IsLeftOutToItsEnd()
    {
        var handle = Create(LogLimits.None with { MaxLines = 1 }, out var allowance);

        await HandleCalls.WriteAllAsync(handle, new byte[3 * LogHandle.MaxLineBytes]);
        await HandleCalls.WriteAllAsync(handle, "\n"u8.ToArray());
        allowance.End();

        _lines.Should().HaveCount(1);
        _omitted.Should().ContainSingle().Which.Bytes.Should().BeGreaterThan(LogHandle.MaxLineBytes);
    }

    [Fact]
    public void TryWrite_NothingMayBeWritten_CountsWithoutWaiting()
    {
        var handle = Create(LogLimits.None with { MaxLines = 0 }, out var allowance);

        HandleCalls.TryWrite(handle, "a\nb\n"u8, out var result).Should().BeTrue();
        allowance.End();

        result.Value.Should().Be(4);
        _omitted.Should().Equal((2, 4));
    }

    [Fact]
    public async Task WriteAsync_GuestIsToEndWhileTheLogIsSlow_StopsBetweenLines()
    {
        using var cancellation = new CancellationTokenSource();
        var handle = new LogHandle(
            line =>
            {
                _lines.Add(line);
                cancellation.Cancel();
            },
            NoLimits(),
            _tail);

        var written = await handle.WriteAsync(new ReadOnlySequence<byte>("a\nb\nc\n"u8.ToArray()), 0, cancellation.Token);

        written.Value.Should().Be(2);
        _lines.Should().Equal("a");
        _tail.ToString().Should().Be("a\n");
        await handle.Awaiting(it => it.WriteAsync(new ReadOnlySequence<byte>("b\n"u8.ToArray()), 0, cancellation.Token).AsTask())
            .Should().ThrowAsync<OperationCanceledException>();
    }

    [Theory]
    [InlineData("\u001b]0;owned\u0007\u001b[2J", @"\u{1b}]0;owned\u{7}\u{1b}[2J")]
    [InlineData("over\rfail: Fake", @"over\u{d}fail: Fake")]
    [InlineData("a\u2028b\u2029c\u0085d\u000be\u000cf", @"a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{c}f")]
    [InlineData("\u009b31m", @"\u{9b}31m")]
    [InlineData("rtl \u202e evil \u2066\u2069\u200f\u061c", @"rtl \u{202e} evil \u{2066}\u{2069}\u{200f}\u{61c}")]
    [InlineData("\u007f\u0000", @"\u{7f}\u{0}")]
    [InlineData("at\tx\u00e9\U0001f600", "at\tx\u00e9\U0001f600")]
    public async Task Write_CharactersThatForgeLines_AreEscaped(string written, string logged)
    {
        await HandleCalls.WriteAllAsync(_handle, Encoding.UTF8.GetBytes(written + "\n"));

        _lines.Should().Equal(logged);
    }

    [Fact]
    public void TryPoll_Write_IsReady()
    {
        _handle.TryPoll(FileReadiness.Write, out var readiness).Should().BeTrue();
        readiness.Value.Should().Be(FileReadiness.Write);
    }

    private static LogAllowance NoLimits() => new(LogLimits.None, TimeProvider.System, (_, _) => { });

    private LogHandle Create(LogLimits limits, out LogAllowance allowance)
    {
        allowance = new LogAllowance(limits, TimeProvider.System, (lines, bytes) => _omitted.Add((lines, bytes)));
        allowance.Begin(hasEnd: true);
        return new LogHandle(_lines.Add, allowance, _tail);
    }
}
