using System.Text;
using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace WasiCloud.Embedding.Tests;

public sealed partial class TenantNameTests
{
    [Theory]
    [InlineData("alice", "alice")]
    [InlineData("Alice", "%41lice")]
    [InlineData("a.b", "a%2Eb")]
    [InlineData(".", "%2E")]
    [InlineData("..", "%2E%2E")]
    [InlineData(".hidden", "%2Ehidden")]
    [InlineData("../x", "%2E%2E%2Fx")]
    [InlineData("/etc", "%2Fetc")]
    [InlineData(@"a\b", "a%5Cb")]
    [InlineData("%41lice", "%2541lice")]
    [InlineData("é", "%C3%A9")]
    [InlineData("a b", "a%20b")]
    public void ToFileName_OddName_IsOneName(string tenant, string expected) => TenantName.ToFileName(tenant).Should().Be(expected);

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("\u202e")]
    public void ToFileName_NoTenant_IsRefused(string tenant) =>
        FluentActions.Invoking(() => TenantName.ToFileName(tenant)).Should().Throw<ArgumentException>().WithParameterName(nameof(tenant));

    // An attribute cannot hold it.
    [Fact]
    public void ToFileName_HalfACharacter_IsRefused() => ToFileName_NoTenant_IsRefused(new string('\ud800', 1));

    [Fact]
    public void ToFileName_EveryCharacter_IsANameOfItsOwn()
    {
        var names = Enumerable.Range(1, 0xFFFF).Where(static value => value is < 0xD800 or > 0xDFFF).Select(static value => new string((char)value, 1))
            .Concat(["\U0001F600", "a", "A", "aA", "Aa", "%", "%-", "%41"]).Distinct(StringComparer.Ordinal).Where(IsTenant).ToArray();

        var files = names.Select(TenantName.ToFileName).ToArray();

        files.Should().OnlyContain(name => FileNames().IsMatch(name));
        files.Distinct(StringComparer.OrdinalIgnoreCase).Should().HaveCount(names.Length);
    }

    [Fact]
    public void ToFileName_LongNames_AreShortAndNobodyElses()
    {
        var long1 = new string('A', 200);
        var file = TenantName.ToFileName(long1);
        file.Length.Should().BeLessThanOrEqualTo(200);
        TenantName.ToFileName(long1 + "b").Should().NotBe(file);
        TenantName.ToFileName(new string('a', 200)).Should().Be(new string('a', 200));

        // Whatever a short name is, it can be read back; a long one cannot, so it is none of them.
        for (var count = 67; count <= 255; count++)
        {
            var name = TenantName.ToFileName(new string('Ü', count / 2) + new string('z', count % 2));
            if (name.Contains("%-", StringComparison.Ordinal)) name.Should().HaveLength(166);
            else Encoding.UTF8.GetString(Convert.FromHexString(name.Replace("%", "", StringComparison.Ordinal).Replace("z", "7A", StringComparison.Ordinal)))
                .Should().Be(new string('Ü', count / 2) + new string('z', count % 2));
        }
    }

    private static bool IsTenant(string name)
    {
        try
        {
            TenantName.Check(name, nameof(name));
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    [GeneratedRegex("^(?:[a-z0-9_-]|%[0-9A-F]{2})+$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FileNames();
}
