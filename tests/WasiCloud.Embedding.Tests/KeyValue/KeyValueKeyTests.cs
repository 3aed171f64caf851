using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue;

public sealed class KeyValueKeyTests
{
    [Fact]
    public void Order_RandomText_IsTheOrderOfUtf8Bytes()
    {
        var random = new Random(1);
        Rune[] alphabet = [new('a'), new('/'), new('é'), new('中'), new('\ud7ff'), new('\ue000'), new('\uffff'), new(0x10000), new(0x1F600), new(0x10FFFF)];
        for (var round = 0; round < 10_000; round++)
        {
            var (x, y) = (Text(), Text());
            var expected = Encoding.UTF8.GetBytes(x).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y));

            Math.Sign(KeyValueKey.Order.Compare(x, y)).Should().Be(Math.Sign(expected), "of {0} and {1}", x, y);
        }

        string Text() => string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => alphabet[random.Next(alphabet.Length)].ToString()));
    }

    [Fact]
    public void Batch_KeyWrittenTwice_Throws()
    {
        var create = () => new KeyValueBatch(KeyValueOperation.Put("a", default), KeyValueOperation.Delete("a"));

        create.Should().Throw<ArgumentException>().WithMessage("*'a'*");
    }

    [Fact]
    public void Operation_InvalidKey_Throws()
    {
        FluentActions.Invoking(() => KeyValueOperation.Put(string.Empty, default)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => KeyValueOperation.Delete(new string('é', 513))).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => KeyValueOperation.CheckPrefix("\udc00", 1)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => KeyValueOperation.CheckPrefix(string.Empty, 1)).Should().NotThrow();
    }
}
