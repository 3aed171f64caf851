using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Text;
using Xunit;

namespace WasiCloud.Embedding.Tests.Text;

public sealed class SafeTextTests
{
    [Theory]
    [InlineData("")]
    [InlineData("fd_write")]
    [InlineData("Größe und \u65e5\u672c \U0001F980, \"quoted\" \\ ~")]
    public void Of_HarmlessText_IsTheSame(string text)
    {
        SafeText.Of(text).Should().Be(text);
        SafeText.Of(Encoding.UTF8.GetBytes(text)).Should().Be(text);
    }

    // C0, DEL and C1; separators; direction marks, embeddings and isolates; what nobody sees; and a tag beyond the first plane.
    public static TheoryData<int> Harmful =>
    [
        0x00, 0x07, 0x08, 0x09, 0x0A, 0x0D, 0x1B, 0x1F, 0x7F, 0x80, 0x85, 0x9B, 0x9F, 0x61C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202B, 0x202C,
        0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069,
        0xFEFF, 0xE0041,
    ];

    [Theory]
    [MemberData(nameof(Harmful))]
    public void Of_HarmfulCharacter_IsEscaped(int code)
    {
        var text = "a" + char.ConvertFromUtf32(code) + "b";
        var expected = FormattableString.Invariant($"a\\u{{{code:x}}}b");

        SafeText.Of(text).Should().Be(expected);
        SafeText.Of(Encoding.UTF8.GetBytes(text)).Should().Be(expected);
    }

    // As characters, because an attribute cannot hold them in a string.
    [Theory]
    [InlineData(new[] { '\ud83e' }, @"\u{d83e}")]
    [InlineData(new[] { '\udd80', 'x' }, @"\u{dd80}x")]
    [InlineData(new[] { 'x', '\ud83e', '\ud83e', '\udd80' }, "x\\u{d83e}\U0001F980")]
    public void Of_LoneSurrogate_IsEscaped(char[] text, string expected) => SafeText.Of(new string(text)).Should().Be(expected);

    [Theory]
    [InlineData(new byte[] { 0x61, 0xFF, 0x62 }, @"a\x{ff}b")]
    [InlineData(new byte[] { 0xE2, 0x80 }, @"\x{e2}\x{80}")]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, @"\x{ed}\x{a0}\x{80}")]
    public void Of_BytesThatAreNoText_AreEscaped(byte[] bytes, string expected) => SafeText.Of(bytes).Should().Be(expected);

    [Theory]
    [InlineData("abcdef", 6, "abcdef")]
    [InlineData("abcdef", 5, "abcde\u2026 (6 characters)")]
    [InlineData("ab\u202e", 9, "ab\u2026 (3 characters)")]
    [InlineData("ab\u202e", 10, @"ab\u{202e}")]
    [InlineData("a\U0001F980", 2, "a\u2026 (3 characters)")]
    [InlineData("abc", 0, "\u2026 (3 characters)")]
    public void Of_TextThatIsTooLong_IsCutBetweenCharacters(string text, int maxLength, string expected) => SafeText.Of(text, maxLength).Should().Be(expected);

    [Fact]
    public void Of_HugeText_IsBounded()
    {
        SafeText.Of(new string('\n', 50_000_000)).Should().HaveLength(SafeText.NameLength + "\u2026 (50000000 characters)".Length);
        SafeText.Of(new byte[50_000_000]).Should().EndWith("\u2026 (50000000 bytes)").And.HaveLength(SafeText.NameLength + "\u2026 (50000000 bytes)".Length);
    }

    [Theory]
    [InlineData('\n')]
    [InlineData('\u00e9')]
    public void Of_TextWithoutAnyPlainCharacter_AllocatesForTheResultAlone(char character)
    {
        var text = new string(character, 10_000);
        SafeText.Of(text, int.MaxValue);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var result = SafeText.Of(text, int.MaxValue);

        // The result, and the builder's pieces, which together are as long and half full at worst. A string for each character were 32 B more each.
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan((result.Length * 2 * 3) + 50_000);
    }
}
