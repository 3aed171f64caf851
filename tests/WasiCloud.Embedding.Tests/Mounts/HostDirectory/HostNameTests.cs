using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.HostDirectory;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.HostDirectory;

/// <summary>
/// Names are bytes for Linux ("any sequence except slash and zero", path_resolution(7)) and UTF-8 for WASI (witx <c>string</c>): one text for each, and no text
/// for two.
/// </summary>
public class HostNameTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("n\u00e9 \u65e5\u672c \ud83d\ude00", "n\u00e9 \u65e5\u672c \ud83d\ude00")]
    [InlineData("bad-<ff>", "bad-\uefff")]
    [InlineData("<c3>", "\uefc3")]
    [InlineData("<80><bf>x<fe>", "\uef80\uefbfx\ueffe")]
    [InlineData("<f0><9f><98>", "\ueff0\uef9f\uef98")]
    [InlineData("<c0><af>", "\uefc0\uefaf")]
    [InlineData("<ed><a0><80>", "\uefed\uefa0\uef80")]
    [InlineData("<ee><bf><bf>", "\uefee\uefbf\uefbf")]
    [InlineData("<ee><be><80>", "\uefee\uefbe\uef80")]
    [InlineData("<ee><bd><bf>", "\uef7f")]
    public void Name_OfBytes_IsShownAndGivenBack(string bytes, string text)
    {
        HostName.ToText(Parse(bytes)).Should().Be(text);
        Bytes(text).Should().Equal(Parse(bytes));
        HostName.GetByteCount(text).Should().Be(Parse(bytes).Length);
        HostName.Check(text).Should().Be(Errno.Success);
    }

    // What would be a second spelling of a name that is shown otherwise.
    [Theory]
    [InlineData("\uefc3\uefa9")]
    [InlineData("a\uefe6\uef97\uefa5b")]
    [InlineData("\uefee\uefbd\uefbf")]
    public void Name_OfCharactersThatAreBytes_IsIlSeq(string text) => HostName.Check(text).Should().Be(Errno.IlSeq);

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\0")]
    [InlineData("\uefff/b")]
    public void Name_OfMoreThanOneComponent_IsInval(string text) => HostName.Check(text).Should().Be(Errno.Inval);

    [Fact]
    public void Names_AnyBytes_HaveOneTextEachAndNoneTwice()
    {
        var random = new Random(8);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);

        // Mostly what is near to the edges of characters and of the escapes.
        byte[] values = [0x61, 0x80, 0x9f, 0xa9, 0xbd, 0xbe, 0xbf, 0xc0, 0xc3, 0xe6, 0xed, 0xee, 0xef, 0xf0, 0xf4, 0xff];
        for (var round = 0; round < 50_000; round++)
        {
            var name = Enumerable.Range(0, 1 + random.Next(6)).Select(_ => values[random.Next(values.Length)]).ToArray();
            var text = HostName.ToText(name);
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(text);
            Bytes(text).Should().Equal(name);
            HostName.Check(text).Should().Be(Errno.Success);
            var key = Convert.ToHexString(name);
            (names.TryAdd(text, key) || names[text] == key).Should().BeTrue();
        }
    }

    private static byte[] Bytes(string text)
    {
        var bytes = new byte[HostName.MaxBytes(text)];
        return bytes[..HostName.Encode(text, bytes)];
    }

    // "<ff>" is one byte.
    private static byte[] Parse(string text)
    {
        var bytes = new List<byte>();
        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] == '<')
            {
                bytes.Add(Convert.ToByte(text.Substring(index + 1, 2), 16));
                index += 3;
                continue;
            }

            var length = char.IsHighSurrogate(text[index]) ? 2 : 1;
            bytes.AddRange(Encoding.UTF8.GetBytes(text.Substring(index, length)));
            index += length - 1;
        }

        return [.. bytes];
    }
}
