using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Hosting.Streams;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Streams;

public sealed class TailBufferTests
{
    [Fact]
    public void ToString_RandomWrites_IsTheEndOfWhatWasWritten()
    {
        var random = new Random(7);
        for (var run = 0; run < 50; run++)
        {
            var tail = new TailBuffer(capacity: 1000);
            var all = new StringBuilder();
            for (var write = 0; write < 40; write++)
            {
                var text = new string((char)('a' + random.Next(26)), random.Next(random.Next(2) == 0 ? 30 : 1500));
                all.Append(text);
                tail.Write(Encoding.ASCII.GetBytes(text));
                tail.ToString().Should().Be(all.ToString()[Math.Max(0, all.Length - 1000)..]);
            }
        }
    }

    [Fact]
    public void ToString_FirstCharacterWasCut_LeavesItOut()
    {
        var tail = new TailBuffer(capacity: 4);

        tail.Write("\u20ac\u00e9!"u8);

        tail.ToString().Should().Be("\u00e9!");
    }

    [Fact]
    public void ToString_NotUtf8_HasReplacementCharacters()
    {
        var tail = new TailBuffer();

        tail.Write([(byte)'a', 0xFF, (byte)'b']);

        tail.ToString().Should().Be("a\uFFFDb");
    }
}
