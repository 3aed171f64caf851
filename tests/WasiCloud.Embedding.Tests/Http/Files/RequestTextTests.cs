using System.IO.Pipelines;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Tests.Http.Exchange;
using WasiCloud.Embedding.Tests.Mounts.Nodes;
using Xunit;

namespace WasiCloud.Embedding.Tests.Http.Files;

/// <summary><c>/request/txt</c> with a body of unknown length: chunks (RFC 9112 section 7.1), the last one only if the body was whole.</summary>
public sealed class RequestTextTests
{
    private const string Head = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";

    private readonly Pipe _pipe = new(new PipeOptions(minimumSegmentSize: 16, pauseWriterThreshold: 0, useSynchronizationContext: false));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(4096)]
    public async Task Body_InPieces_ComesInAChunkForEach(int bufferBytes)
    {
        var (fixture, handle) = await OpenAsync();
        var reading = HandleCalls.ReadTextAsync(handle, bufferBytes);

        // The pipe gives a piece when the guest has nothing left, which is when it was read.
        await _pipe.Writer.WriteAsync("hello"u8.ToArray());
        await _pipe.Writer.CompleteAsync();

        (await reading).Should().Be(Head + "5\r\nhello\r\n0\r\n\r\n");
        (await StatAsync(fixture)).Should().Be((ulong)Head.Length + 15, "it was read to its end, and is known");
    }

    [Fact]
    public async Task Body_OfAnyPieces_IsWhatAParserOfChunksReads()
    {
        var random = new Random(7);
        for (var run = 0; run < 50; run++)
        {
            var body = new byte[random.Next(1, 40_000)];
            random.NextBytes(body);
            var (_, handle) = await OpenAsync();
            var reading = ReadAsync(handle, random.Next(1, 3000));
            for (var start = 0; start < body.Length;)
            {
                var length = Math.Min(body.Length - start, random.Next(1, 20_000));
                await _pipe.Writer.WriteAsync(body.AsMemory(start, length));
                start += length;
            }

            await _pipe.Writer.CompleteAsync();
            var (bytes, error) = await reading;
            error.Should().Be(Errno.Success);
            Dechunk(bytes[Head.Length..]).Should().Equal(body);
            await _pipe.Reader.CompleteAsync();
            _pipe.Reset();
        }
    }

    [Fact]
    public async Task Body_Empty_IsTheLastChunk()
    {
        var (fixture, handle) = await OpenAsync();
        await _pipe.Writer.CompleteAsync();

        (await HandleCalls.ReadTextAsync(handle)).Should().Be(Head + "0\r\n\r\n");
        (await fixture.ReadFileAsync("request/txt")).Should().Be(Head + "0\r\n\r\n", "it can be opened again");
    }

    [Fact]
    public async Task Body_CutOff_HasNoLastChunk()
    {
        var (_, handle) = await OpenAsync();
        await _pipe.Writer.WriteAsync("hello"u8.ToArray());
        var reading = ReadAsync(handle, 100, stopAfter: Head.Length + "5\r\nhello\r\n".Length);
        var (bytes, _) = await reading;
        await _pipe.Writer.CompleteAsync(new IOException());

        Encoding.ASCII.GetString(bytes).Should().Be(Head + "5\r\nhello\r\n");
        for (var again = 0; again < 2; again++) (await HandleCalls.ReadAsync(handle, new byte[10])).Error.Should().Be(Errno.ConnReset);
    }

    [Fact]
    public async Task Body_OverWithTheResponse_HasNoLastChunk()
    {
        var (fixture, handle) = await OpenAsync();
        await _pipe.Writer.WriteAsync("hello"u8.ToArray());
        await _pipe.Writer.CompleteAsync();
        await ReadAsync(handle, Head.Length, stopAfter: Head.Length);

        await fixture.WriteFileAsync("response/body", "done");

        (await HandleCalls.ReadAsync(handle, new byte[100])).Error.Should().Be(Errno.ConnReset);
    }

    [Fact]
    public async Task Poll_OnTheWay_TellsWhatIsThere()
    {
        var (_, handle) = await OpenAsync();
        Poll(handle).Should().Be(FileReadiness.Read, "the head is there");
        await ReadAsync(handle, Head.Length, stopAfter: Head.Length);
        handle.TryPoll(FileReadiness.Read, out _).Should().BeFalse();

        var waiting = handle.PollAsync(FileReadiness.Read, CancellationToken.None).AsTask();
        await _pipe.Writer.WriteAsync("x"u8.ToArray());

        (await waiting).Value.Should().Be(FileReadiness.Read);
        (await ReadAsync(handle, 1, stopAfter: 6)).Bytes.Should().Equal("1\r\nx\r\n"u8.ToArray());
        await _pipe.Writer.CompleteAsync();
        (await handle.PollAsync(FileReadiness.Read, CancellationToken.None)).Value.Should().Be(FileReadiness.Read);
        (await HandleCalls.ReadTextAsync(handle)).Should().Be("0\r\n\r\n");
        Poll(handle).Should().Be(FileReadiness.Read, "the end is there");
    }

    [Fact]
    public async Task Read_WithinAChunk_AllocatesNothing()
    {
        var (_, handle) = await OpenAsync();
        await ReadAsync(handle, Head.Length, stopAfter: Head.Length);
        await _pipe.Writer.WriteAsync(new byte[12_000]);
        var buffer = new byte[10];
        await HandleCalls.ReadAsync(handle, buffer);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var read = 0; read < 1000; read++)
        {
            // One vector for each read is the test's own.
            if (!HandleCalls.TryRead(handle, buffer, out var result) || result.Value != 10) throw new InvalidOperationException($"{read}: {result.Error}");
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1000 * 100);
    }

    private static FileReadiness Poll(FileHandle handle)
    {
        handle.TryPoll(FileReadiness.Read, out var readiness).Should().BeTrue();
        return readiness.Value;
    }

    private async Task<(ExchangeFixture Fixture, FileHandle Handle)> OpenAsync()
    {
        var fixture = new ExchangeFixture(new InvocationRequest { Method = "POST", Body = _pipe.Reader });
        (await StatAsync(fixture)).Should().Be(0);
        return (fixture, (await fixture.OpenAsync("request/txt", 'r')).Value!);
    }

    private static async Task<ulong> StatAsync(ExchangeFixture fixture) =>
        (await (await fixture.LookupAsync("request/txt")).Value!.GetAttributesAsync(CancellationToken.None)).Value.Size;

    private static async Task<(byte[] Bytes, Errno Error)> ReadAsync(FileHandle handle, int bufferBytes, int stopAfter = int.MaxValue)
    {
        var content = new List<byte>();
        var buffer = new byte[bufferBytes];
        while (content.Count < stopAfter)
        {
            var count = await HandleCalls.ReadAsync(handle, buffer);
            if (count.Error != Errno.Success) return ([.. content], count.Error);
            if (count.Value == 0) break;
            content.AddRange(buffer.AsSpan(0, count.Value));
        }

        return ([.. content], Errno.Success);
    }

    private static byte[] Dechunk(byte[] coding)
    {
        var parser = new ChunkedBodyParser(maxTrailerBytes: 0x100);
        var content = new List<byte>();
        for (var rest = coding.AsSpan(); !rest.IsEmpty && !parser.IsAtEnd && parser.Problem is null;)
        {
            var count = parser.Parse(rest, out var some);
            content.AddRange(some);
            rest = rest[count..];
        }

        (parser.IsAtEnd, parser.Problem).Should().Be((true, null));
        return [.. content];
    }
}
