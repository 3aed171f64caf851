using System.Text;
using CsCheck;
using FluentAssertions;
using Microsoft.Extensions.Configuration;
using WasiCloud.Embedding.Authority;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Authority;

/// <summary>A policy is the same in each form, and intersection and equality are what a few lines say they are.</summary>
public class PolicyFormTests
{
    private static readonly Gen<string> s_name = OneOf(
        "a", "b", "tmp", "request", "beta", "a b", "a\"b",
        "a\\b", "a \\", "#", "a#b", "\u00e4\u20ac", "\U0001F600", "\u00a0", "\u2028", "-", "import", "*", "...");

    private static readonly Gen<string> s_path = s_name.Array[0, 3].Select(names => "/" + string.Join('/', names));

    private static readonly Gen<GuestPolicyLine> s_line = Gen.Select(s_path, Gen.Int[0, 7], Gen.Bool, Gen.Int[0, 9]).Select((path, access, isTenant, own) =>
        new GuestPolicyLine(path, (GuestAccess)access) { IsTenant = isTenant, IsOwn = own == 0 });

    private static readonly Gen<string?> s_importName = OneOf<string?>(null, "env", "say", "a.b", "", "*", "a b", "\"", "\\", "#", "\u20ac");

    private static readonly Gen<GuestPolicy> s_policy = Gen.Select(
        s_line.Array[0, 8], Gen.Select(s_importName, s_importName).Array[0, 4], Gen.Int[0, 3], Gen.Long[65536, long.MaxValue], Gen.Int[1, int.MaxValue])
        .Select(Make);

    /// <summary>Text and JSON, printed and read, are the policy in each of its lines.</summary>
    [Fact]
    public void Forms_OfAPolicy_AreReadAsThatPolicy() => s_policy.Sample(policy =>
    {
        foreach (var again in new[] { GuestPolicy.Parse(policy.ToString()), GuestPolicy.FromJson(policy.ToJson()), OfConfiguration(policy.ToJson()) })
        {
            again.Should().Be(policy);
            again.GetHashCode().Should().Be(policy.GetHashCode());
            again.Lines.Should().BeEquivalentTo(policy.Lines);
            again.Limits.Should().Be(policy.Limits);
            again.Imports.Should().BeEquivalentTo(policy.Imports);
        }

        policy.Simplify().Should().Be(policy);
        GuestPolicy.Parse(policy.ToString().Replace("\n", "\r\n", StringComparison.Ordinal)).Should().Be(policy);
    });

    [Fact]
    public void Intersect_OfPolicies_IsCommutativeAssociativeAndIdempotent() => Gen.Select(s_policy, s_policy, s_policy).Sample((first, second, third) =>
    {
        first.Intersect(second).Should().Be(second.Intersect(first));
        first.Intersect(second).Intersect(third).Should().Be(first.Intersect(second.Intersect(third)));
        first.Intersect(GuestPolicy.Parse(first.ToString())).Should().Be(first);
        GuestPolicy.Parse(first.Intersect(second).ToString()).Should().Be(first.Intersect(second));
    });

    /// <summary>Of each path, what both lines say that decide.</summary>
    [Fact]
    public void Intersect_OfEachPath_IsWhatBothSay() => Gen.Select(s_policy, s_policy, s_path, s_importName, s_importName).Sample(
        (first, second, path, module, name) =>
        {
            var both = first.Intersect(second);
            both.AllowsImport(module ?? "x", name ?? "x")
                .Should().Be(first.AllowsImport(module ?? "x", name ?? "x") && second.AllowsImport(module ?? "x", name ?? "x"));
            string[] places = [path, path.TrimEnd('/') + "/below", .. both.Lines.Concat(first.Lines).Concat(second.Lines).Select(line => line.Path)];
            foreach (var place in places)
            {
                var (one, other, result) = (first.Find(place), second.Find(place), both.Find(place));
                var access = (one?.Access ?? GuestAccess.None) & (other?.Access ?? GuestAccess.None);
                (result?.Access ?? GuestAccess.None).Should().Be(access, "{0}", place);
                if (access == GuestAccess.None) continue;
                result!.Value.IsTenant.Should().Be(one!.Value.IsTenant || other!.Value.IsTenant, "{0}", place);
                result.Value.IsOwn.Should().Be(one.Value.IsOwn || other!.Value.IsOwn, "{0}", place);
            }
        });

    /// <summary>Equal is what says the same of each path that either names, and of what is below those.</summary>
    [Fact]
    public void Equals_OfPolicies_IsWhetherTheySayTheSame() => Gen.Select(s_line.Array[0, 3], s_line.Array[0, 3]).Sample((firstLines, secondLines) =>
    {
        var (first, second) = (Make(firstLines), Make(secondLines));
        var places = first.Lines.Concat(second.Lines).Select(line => line.Path).Append("/").Concat(s_own);
        var isSame = places.SelectMany(place => new[] { place, place.TrimEnd('/') + "/below" })
            .All(place => Meaning(first, place) == Meaning(second, place));
        first.Equals(second).Should().Be(isSame, "{0} and {1}", first, second);
    });

    /// <summary>Bounded time: a hundred thousand lines, and as deep as a path can be.</summary>
    [Fact]
    public void Parse_HugeText_EndsSoon()
    {
        var lines = new StringBuilder();
        for (var index = 0; index < 100_000; index++) lines.Append("/a/").Append(index).Append(" r\nimport env.f").Append(index).Append('\n');
        lines.Append(string.Concat(Enumerable.Repeat("/b", 2_000))).Append(" rwc\n");
        var policy = GuestPolicy.Parse(lines.ToString());
        policy.Lines.Should().HaveCount(100_001);
        policy.Simplify().Should().Be(policy);
        policy.Intersect(GuestPolicy.Parse("/b rwc")).Lines.Should().ContainSingle().Which.Path.Should().HaveLength(4_000);
    }

    private static readonly string[] s_own = ["/beta/http", "/connection", "/dev", "/request", "/response", "/tmp"];

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static (GuestAccess Access, bool IsTenant, bool IsOwn) Meaning(GuestPolicy policy, string path) =>
        policy.Find(path) is { Access: not GuestAccess.None } line ? (line.Access, line.IsTenant, line.IsOwn) : default;

    private static GuestPolicy Make(GuestPolicyLine[] lines) => Make(lines, [], 0, 0, 0);

    private static GuestPolicy Make(GuestPolicyLine[] lines, (string? Module, string? Name)[] imports, int limits, long bytes, int milliseconds)
    {
        var builder = new GuestPolicyBuilder();
        foreach (var line in lines) builder.TryAdd(line);
        foreach (var (module, name) in imports) builder.AllowImport(module, name);
        return builder.Limit(new GuestLimits
        {
            MemoryBytes = (limits & 1) != 0 ? bytes : null,
            Fuel = (limits & 1) != 0 ? bytes : null,
            Time = (limits & 2) != 0 ? TimeSpan.FromMilliseconds(milliseconds) : null,
        }).Build();
    }

    private static GuestPolicy OfConfiguration(string json)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes($$"""{ "Guests": { "todo": { "Policy": {{json}} } } }"""));
        return GuestPolicy.FromConfiguration(new ConfigurationBuilder().AddJsonStream(stream).Build().GetSection("Guests:todo:Policy"));
    }
}
