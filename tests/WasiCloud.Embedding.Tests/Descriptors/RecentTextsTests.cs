using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using Xunit;

namespace WasiCloud.Embedding.Tests.Descriptors;

public class RecentTextsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("data/s.db-journal")]
    [InlineData("gr\u00fc\u00df/\U0001F600")]
    public void Get_SameText_IsTheSameString(string text)
    {
        var texts = new RecentTexts();
        var first = texts.Get(Encoding.UTF8.GetBytes(text));

        first.Should().Be(text);
        texts.Get(Encoding.UTF8.GetBytes(text)).Should().BeSameAs(first);
        texts.Get(text.AsSpan()).Should().BeSameAs(first);
    }

    [Theory]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(4096)]
    public void Get_LongText_IsWhole(int length)
    {
        var texts = new RecentTexts();
        var text = new string('x', length);
        texts.Get(Encoding.UTF8.GetBytes(text)).Should().Be(text);
        texts.Get(text.AsSpan()).Should().Be(text);
    }

    [Fact]
    public void Get_ManyTexts_EachIsItself()
    {
        var texts = new RecentTexts();
        for (var round = 0; round < 2; round++)
        {
            for (var number = 0; number < 100; number++) texts.Get(Encoding.UTF8.GetBytes($"name-{number}")).Should().Be($"name-{number}");
        }
    }
}
