using System.IO.Pipelines;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Pipes;
using Xunit;

namespace WasiCloud.Embedding.Tests.Pipes;

public sealed class PipeSinkTests
{
    [Fact]
    public void Abandon_WriterOfAStreamThatIsCompleted_OnlyBreaks()
    {
        var sink = new PipeSink(PipeWriter.Create(Stream.Null), maxWrite: 10, isOwn: false);
        sink.Write("text"u8);
        sink.Flush().Should().Be(Errno.Success);
        sink.Complete(exception: null);

        // A timer does this, and has nobody to tell: what it throws would end the process.
        sink.Abandon();

        sink.TryReady(out var error).Should().BeTrue();
        error.Should().Be(Errno.Pipe);
    }
}
