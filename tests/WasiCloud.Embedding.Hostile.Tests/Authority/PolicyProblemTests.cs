using System.Text;
using FluentAssertions;
using Microsoft.Extensions.Configuration;
using WasiCloud.Embedding.Authority;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Authority;

/// <summary>What is no policy is refused with the place of what is wrong.</summary>
public class PolicyProblemTests
{
    [Theory]
    [InlineData("/a r\na r", 2, 1)]
    [InlineData("/a/../b r", 1, 4)]
    [InlineData("/a/./b r", 1, 4)]
    [InlineData("/a//b r", 1, 4)]
    [InlineData("/a/ r", 1, 4)]
    [InlineData("\"/a/..\" r", 1, 5)]
    [InlineData("/a\0b r", 1, 3)]
    [InlineData("/a", 1, 3)]
    [InlineData("/a # r", 1, 4)]
    [InlineData("  /a rx", 1, 7)]
    [InlineData("/a rr", 1, 5)]
    [InlineData("/a -r", 1, 4)]
    [InlineData("/a r tenant tenant", 1, 13)]
    [InlineData("/a r other", 1, 6)]
    [InlineData("/a r\r\n\r\n/a w", 3, 1)]
    [InlineData("\"/a r", 1, 1)]
    [InlineData("\"/a\\n\" r", 1, 4)]
    [InlineData("\"/a\"r", 1, 5)]
    [InlineData("/a\"b r", 1, 3)]
    [InlineData("import", 1, 7)]
    [InlineData("import env", 1, 8)]
    [InlineData("import env.say more x", 1, 21)]
    [InlineData("import env.say\nimport env say", 2, 8)]
    [InlineData("import \"env\" \"a\tb\"", 1, 8)]
    [InlineData("limit", 1, 6)]
    [InlineData("limit time", 1, 11)]
    [InlineData("limit tim 5s", 1, 7)]
    [InlineData("limit time 5", 1, 12)]
    [InlineData("limit memory 1KiB", 1, 14)]
    [InlineData("limit memory 99999999999TiB", 1, 14)]
    [InlineData("limit time 5s\nlimit time 6s", 2, 7)]
    [InlineData("limit time 5s 6s", 1, 15)]
    public void Parse_WhatIsNoPolicy_TellsLineAndColumn(string text, int line, int column)
    {
        var problem = ((Action)(() => GuestPolicy.Parse(text, "app.policy"))).Should().Throw<GuestPolicyFormatException>().Which;
        (problem.Line, problem.Column).Should().Be((line, column), problem.Message);
        problem.Message.Should().StartWith(FormattableString.Invariant($"app.policy({line},{column}): "));
        problem.Message.Should().NotContainAny("\n", "\r", "\0");
    }

    /// <summary>No <c>InlineData</c>: that is kept as UTF-8.</summary>
    [Fact]
    public void Parse_HalfACharacter_TellsLineAndColumn() => Parse_WhatIsNoPolicy_TellsLineAndColumn("/a\ud800 r", 1, 3);

    [Fact]
    public void Parse_ByteOrderMark_IsNoPartOfTheFirstLine() => GuestPolicy.Parse("\uFEFF/a r\r\n").Should().Be(GuestPolicy.Parse("/a r"));

    [Theory]
    [InlineData("""{ "line": [] }""", "$.line")]
    [InlineData("""{ "lines": [], "Lines": [] }""", "$.Lines")]
    [InlineData("""{ "lines": "/a r" }""", "$.lines")]
    [InlineData("""{ "lines": ["/a r", 7] }""", "$.lines[1]")]
    [InlineData("""{ "lines": ["/a r", null] }""", "$.lines[1]")]
    [InlineData("""{ "lines": ["/a r", "/b rx"] }""", "$.lines[1], column 5")]
    [InlineData("""{ "lines": ["/a r", "/a w"] }""", "$.lines[1], column 1")]
    [InlineData("""{ "lines": ["/a r\n/b r"] }""", "$.lines[0], column 6")]
    [InlineData("""{ "lines": [""] }""", "$.lines[0], column 1")]
    [InlineData("""{ "lines": ["# /a r"] }""", "$.lines[0], column 1")]
    [InlineData("""{ "lines": ["import env.say"] }""", "$.lines[0], column 1")]
    [InlineData("""{ "lines": ["/\ud800 r"] }""", "$.lines[0]")]
    [InlineData("""{ "\ud800": 1 }""", "$")]
    [InlineData("""{ "imports": ["env"] }""", "$.imports[0], column 1")]
    [InlineData("""{ "limits": [] }""", "$.limits")]
    [InlineData("""{ "limits": { "memory": true } }""", "$.limits.memory")]
    [InlineData("""{ "limits": { "memory": 1e9 } }""", "$.limits.memory")]
    [InlineData("""{ "limits": { "time": 5 } }""", "$.limits.time")]
    [InlineData("""{ "limits": { "speed": 5 } }""", "$.limits.speed")]
    [InlineData("""{ "limits": { "fuel": 5, "Fuel": 6 } }""", "$.limits.Fuel")]
    [InlineData("[]", "$")]
    [InlineData("", "app(1,1)")]
    [InlineData("{", "app(1,2)")]
    [InlineData("[[[[[[[[[[[[[", "app(1,9)")]
    public void FromJson_WhatIsNoPolicy_TellsItsPath(string json, string place)
    {
        var problem = ((Action)(() => GuestPolicy.FromJson(json, "app"))).Should().Throw<GuestPolicyFormatException>().Which;
        problem.Message.Should().StartWith(place + ": ");
    }

    [Fact]
    public void FromJson_HalfACharacterInTheTextItself_IsRefused() =>
        ((Action)(() => GuestPolicy.FromJson("{ \"lines\": [\"/\ud800 r\"] }"))).Should().Throw<GuestPolicyFormatException>();

    [Theory]
    [InlineData("""{ "P": { "line": ["/a r"] } }""", "P:line")]
    [InlineData("""{ "P": { "lines": "/a r" } }""", "P:lines")]
    [InlineData("""{ "P": { "lines": { "a": "/a r" } } }""", "P:lines")]
    [InlineData("""{ "P": { "lines": ["/a r", ["/b r"]] } }""", "P:lines:1")]
    [InlineData("""{ "P": { "lines": ["/a r", "/b  x"] } }""", "P:lines:1, column 5")]
    [InlineData("""{ "P": { "limits": { "memory": "1 MB" } } }""", "P:limits:memory")]
    [InlineData("""{ "P": { "limits": { "memory": { "a": 1 } } } }""", "P:limits:memory")]
    [InlineData("""{ "P": "/a r" }""", "P")]
    [InlineData("""{ "Q": { "lines": ["/a r"] } }""", "P")]
    public void FromConfiguration_WhatIsNoPolicy_TellsItsPath(string json, string place)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        var section = new ConfigurationBuilder().AddJsonStream(stream).Build().GetSection("P");
        var problem = ((Action)(() => GuestPolicy.FromConfiguration(section))).Should().Throw<GuestPolicyFormatException>().Which;
        problem.Message.Should().StartWith(place + ": ");
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\0")]
    [InlineData("\u007f")]
    public void AllowImport_NameThatNoLineCanHold_IsRefused(string name)
    {
        ((Action)(() => new GuestPolicyBuilder().AllowImport("env", name))).Should().Throw<ArgumentException>();
        ((Action)(() => new GuestPolicyBuilder().AllowImport(name))).Should().Throw<ArgumentException>();
    }
}
