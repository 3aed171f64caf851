using System.Buffers;
using System.IO.Pipelines;
using FluentAssertions;
using WasiCloud.Embedding.Hosting.Daemons;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Daemons;

public sealed class BodyPumpTests
{
    private const int MaxAheadBytes = 80 << 10;

    [Fact]
    public async Task Copy_OfABodyThatIsThereAsAWhole_TakesNoMoreThanItsBuffer()
    {
        var source = PipeReader.Create(new ReadOnlySequence<byte>(new byte[8 << 20]));
        var pump = new BodyPump(source);

        // What is there when the pump waits, and it waits with the second read at the latest.
        var read = await pump.ReadAtLeastAsync(64 << 10);
        read.Buffer.Length.Should().BeLessThanOrEqualTo(MaxAheadBytes);
        pump.AdvanceTo(read.Buffer.Start, read.Buffer.Start);
        await pump.DisposeAsync();

        (await source.ReadAsync()).Buffer.Length.Should().BeGreaterThanOrEqualTo((8 << 20) - MaxAheadBytes, "the rest was left where it was");
    }

    [Fact]
    public async Task Copy_OfAWholeBody_GivesAllOfItAndItsEnd()
    {
        var bytes = new byte[1 << 20];
        new Random(1).NextBytes(bytes);
        await using var pump = new BodyPump(PipeReader.Create(new ReadOnlySequence<byte>(bytes)));
        using var copy = new MemoryStream();

        await pump.CopyToAsync(copy);

        copy.ToArray().Should().Equal(bytes);
    }

    [Fact]
    public async Task Copy_ThatNobodyReads_NeverTouchesTheBody()
    {
        var source = new Pipe();
        var pump = new BodyPump(source.Reader);
        await source.Writer.WriteAsync(new byte[10]);

        await pump.DisposeAsync();

        // A reader that was ever asked would be in the middle of reading, or have seen this.
        source.Reader.TryRead(out var read).Should().BeTrue();
        read.Buffer.Length.Should().Be(10);
        await pump.Awaiting(static it => it.ReadAsync().AsTask()).Should().ThrowAsync<IOException>();
    }
}
