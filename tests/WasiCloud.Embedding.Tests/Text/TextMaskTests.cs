using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FluentAssertions;
using WasiCloud.Embedding.Text;
using Xunit;

namespace WasiCloud.Embedding.Tests.Text;

public sealed class TextMaskTests : IDisposable
{
    private const int AnyNumber = 100;
    private const string Secret = "s3cr\u00e9t \"+/\\&<key>\u0001'%41";

    private static readonly JsonSerializerOptions s_relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly TextMask _mask = new();

    public void Dispose() => _mask.Dispose();

    public static TheoryData<string> Forms() => new(
        Secret,
        JsonSerializer.Serialize(Secret),
        JsonSerializer.Serialize(Secret, s_relaxed),
        JsonSerializer.Serialize(new { user = "me", password = Secret }),
        string.Concat(Secret.Select(character => $"\\u{(int)character:x4}")),
        string.Concat(Secret.Select(character => $"\\u{{{(int)character:X}}}")),
        SafeText.Of(Secret),
        Uri.EscapeDataString(Secret),
        WebUtility.UrlEncode(Secret),
        string.Concat(Encoding.UTF8.GetBytes(Secret).Select(value => $"%{value:x2}")),
        Convert.ToHexString(Encoding.UTF8.GetBytes(Secret)),
        Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Secret)));

    [Theory]
    [MemberData(nameof(Forms))]
    public void Of_ASecretInAnyForm_HidesIt(string form)
    {
        Add(Secret);

        _mask.Of($"before {form} after").Should().MatchRegex("^before .{0,60}\\*\\*\\*.{0,2} after$")
            .And.NotContain("s3cr").And.NotContain("key").And.NotContain(form);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("user:", "")]
    [InlineData("u:", "\n")]
    [InlineData("a", "bc")]
    [InlineData("ab", "c")]
    public void Of_ASecretWithinBase64_HidesAllButTwoCharacters(string before, string after)
    {
        // With characters of both alphabets.
        byte[] secret = [0xfb, 0xff, 0xbe, .. "this is a key"u8, 0xff, 0xef];
        _mask.TryAdd("name", secret, AnyNumber);
        byte[] whole = [.. Encoding.ASCII.GetBytes(before), .. secret, .. Encoding.ASCII.GetBytes(after)];
        var encoded = Convert.ToBase64String(whole);
        var rest = encoded.Length - (secret.Length * 4 / 3) + 3;

        foreach (var text in new[] { encoded, encoded.Replace('+', '-').Replace('/', '_') })
            _mask.Of(text).Should().Contain(TextMask.Mask).And.Subject.Length.Should().BeLessThanOrEqualTo(rest + TextMask.Mask.Length);
    }

    [Fact]
    public void Of_TextWithoutSecrets_IsTheTextItself()
    {
        Add(Secret);
        const string text = "nothing of it: s3cr, \\u0041, %41+, \ud800";

        _mask.Of(text).Should().BeSameAs(text);
    }

    [Theory]
    [InlineData("pass\n", "pass")]
    [InlineData("  pass\r\n\0", "pass")]
    public void Of_AValueWithSpaceAround_HidesIt(string value, string shown)
    {
        Add(value);

        _mask.Of($"<{shown}>").Should().Be("<***>");
    }

    [Fact]
    public void Of_LinesOfAValue_HidesEachOfFourBytes()
    {
        Add("-----BEGIN KEY-----\r\nMIIEvQIBADAN\r\nabc\r\n-----END KEY-----\r\n");

        _mask.Of("MIIEvQIBADAN").Should().Be("***");
        _mask.Of("{\"key\":\"-----BEGIN KEY-----\\nMIIEvQIBADAN\\nabc\"}").Should().Be("{\"key\":\"***\\n***\\nabc\"}");
        _mask.Of("abc").Should().Be("abc", "less than four bytes would be found everywhere");
    }

    [Fact]
    public void Of_SecretsBesideEachOther_HidesAll()
    {
        Add("first-value", "a");
        Add("second-value", "b");

        _mask.Of("first-valuesecond-value and first-value").Should().Be("*** and ***");
    }

    [Fact]
    public void Of_ASecretThatBeginsAsAnother_HidesTheLonger()
    {
        Add("value", "a");
        Add("value-and-more", "b");

        _mask.Of("value-and-more value-and value").Should().Be("*** ***-and ***");
    }

    [Fact]
    public void Of_PartOfALongSecret_HidesIt()
    {
        var value = string.Concat(Enumerable.Range(0, 2_000).Select(number => number.ToString("x4", CultureInfo.InvariantCulture)));
        Add(value);

        _mask.Of("<" + value + ">").Should().Be("<***>");
        _mask.Of(value[1_000..2_000]).Replace(TextMask.Mask, string.Empty, StringComparison.Ordinal).Length.Should().BeLessThan(256);
    }

    [Fact]
    public void Of_ATextThatWasCutWithinASecret_HidesWhatIsLeft()
    {
        Add("a-long-secret");

        foreach (var length in new[] { 8, 11, 16 })
            _mask.Of(SafeText.Of("key a-long-secret, and more", length)).Should().StartWith("key ***").And.NotContain("a-lo");
    }

    // Its writer may have been killed in the middle.
    [Theory]
    [InlineData("the key is a-lo", "the key is ***")]
    [InlineData("a-long-secre", "***")]
    [InlineData("a-long-secret a-long-", "*** ***")]
    [InlineData("YS1sb25nL", "***")]
    [InlineData("a\\x2dlong\\x2d", "***")]
    [InlineData("the key is a-l", "the key is a-l")]
    [InlineData("a-long story", "a-long story")]
    public void Decode_ATextThatEndsWithinASecret_HidesWhatIsThereOfIt(string text, string shown)
    {
        Add("a-long-secret");

        _mask.Decode(Encoding.ASCII.GetBytes(text)).Should().Be(shown);
        _mask.Of(text).Should().Be(shown);
    }

    [Fact]
    public void CutOf_AnyLengthBeforeTheSecret_LeavesItWhole()
    {
        const int longest = 2_000;
        Add("a-long-secret");
        for (var before = 600; before < longest; before++)
        {
            var text = Encoding.ASCII.GetBytes(new string('x', before) + "a-long-secret" + new string('y', longest));

            var cut = _mask.CutOf(text.AsSpan(0, longest), longest);

            cut.Should().BePositive();
            (_mask.Decode(text.AsSpan(0, cut)) + _mask.Decode(text.AsSpan(cut))).Should().Be(new string('x', before) + "***" + new string('y', longest));
        }
    }

    [Fact]
    public void CutOf_TextOfManyBytesForACharacter_CutsBetweenCharacters()
    {
        Add("a-long-secret");
        for (var shift = 0; shift < 4; shift++)
        {
            var text = Encoding.UTF8.GetBytes(new string('x', shift) + string.Concat(Enumerable.Repeat("\U0001F600", 1_000)));

            Encoding.UTF8.GetString(text.AsSpan(0, _mask.CutOf(text, text.Length))).Should().NotContain("\uFFFD");
        }
    }

    [Fact]
    public void Decode_ATextWhoseBeginningIsLost_HidesWhatMayBeTheEndOfASecret()
    {
        Add("a-long-secret");
        var text = "secret" + new string('x', 4_000) + "a-long-secret";

        _mask.Decode(Encoding.ASCII.GetBytes(text), isBeginningLost: true).Should().MatchRegex("^\\*\\*\\*x+\\*\\*\\*$");
    }

    [Fact]
    public void Decode_BytesThatAreNoText_GivesReplacementCharacters()
    {
        _mask.TryAdd("name", [0xff, 0xfe, 0xfd, 0xfc], AnyNumber);

        _mask.Decode([(byte)'a', 0xff, 0xfe, 0xfd, 0xfc, 0xff]).Should().Be("a***\uFFFD");
    }

    [Fact]
    public void TryAdd_NewValuesOfOneName_HidesTheLastTwo()
    {
        foreach (var value in new[] { "value-one", "value-two", "value-one", "value-three" }) Add(value);

        _mask.Of("value-one value-two value-three").Should().Be("*** value-two ***");
    }

    [Fact]
    public void TryAdd_OneNameTooMany_IsRefused()
    {
        _mask.TryAdd("a", "value-one"u8, 2).Should().BeTrue();
        _mask.TryAdd("b", "value-two"u8, 2).Should().BeTrue();
        _mask.TryAdd("c", "value-three"u8, 2).Should().BeFalse();
        _mask.TryAdd("a", "value-four"u8, 2).Should().BeTrue("it is counted already");
        _mask.Of("value-three").Should().Be("value-three");
    }

    [Fact]
    public void TryAdd_AfterATextWasLookedAt_HidesTheNewOneToo()
    {
        Add("value-one", "a");
        _mask.Of("value-two").Should().Be("value-two");

        Add("value-two", "b");

        _mask.Of("value-one value-two").Should().Be("*** ***");
    }

    [Fact]
    public void Of_AfterTheInvocation_HidesEverything()
    {
        Add("value-one");

        _mask.Dispose();

        _mask.Of("value-one or not").Should().Be("***");
        _mask.Decode("value-one or not"u8).Should().Be("***");
        _mask.TryAdd("name", "value"u8, AnyNumber).Should().BeFalse();
    }

    [Fact]
    public void Of_ManyTextsMadeAtRandom_NeverShowsASecret()
    {
        var random = new Random(4711);
        for (var round = 0; round < 300; round++)
        {
            using var mask = new TextMask();
            var secret = new byte[random.Next(4, 200)];
            for (var index = 0; index < secret.Length; index++) secret[index] = (byte)random.Next('!', '~');
            mask.TryAdd("name", secret, AnyNumber);
            var value = Encoding.ASCII.GetString(secret);
            var noise = string.Concat(Enumerable.Range(0, random.Next(50)).Select(_ => "\\%+u{0a"[random.Next(7)]));
            var form = random.Next(4) switch
            {
                0 => value,
                1 => JsonSerializer.Serialize(value).Trim('"'),
                2 => Uri.EscapeDataString(value),
                _ => WebUtility.UrlEncode(value),
            };

            // What precedes must not make an escape together with what follows.
            mask.Of(noise + " " + form + " " + noise).Should().NotContain(form);
        }
    }

    private void Add(string value, string name = "name") => _mask.TryAdd(name, Encoding.UTF8.GetBytes(value), AnyNumber).Should().BeTrue();
}
