using FluentAssertions;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Tests.Authority;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Authority;

/// <summary>The union of two policies allows what either does, and nothing else.</summary>
public sealed class PolicyUnionTests
{
    [Fact]
    public void Union_OfGeneratedPolicies_AllowsWhatEitherDoes()
    {
        var random = new Random(Effort.Seed);
        for (var count = Effort.Of(5_000); count > 0; count--)
        {
            var (first, second) = (PolicyWorld.GeneratePolicy(random).Build(), PolicyWorld.GeneratePolicy(random).Build());

            var union = first.Union(second);

            foreach (var path in PolicyWorld.Paths)
                AccessOf(union, path).Should().Be(AccessOf(first, path) | AccessOf(second, path), "{0} of\n{1}and\n{2}", path, first, second);
            union.Should().Be(second.Union(first));
            union.Union(first).Should().Be(union);
            union.Intersect(first).Should().Be(first, "what one allows, both together do");
            GuestPolicy.Parse(union.ToString()).Should().Be(union);
        }
    }

    [Theory]
    [InlineData("/a r", "/a w", "/a rw\n")]
    [InlineData("/a rwc\n/a/b -", "/a/b r", "/a rwc\n/a/b r\n")]
    [InlineData("/a r tenant", "/a w tenant\n/b r", "/a rw tenant\n/b r\n")]
    [InlineData("/a r tenant", "/a -", "/a r tenant\n")]
    [InlineData("import env.say", "import env.*\nimport x.y", "import env.*\nimport x.y\n")]
    [InlineData("limit time 5s\nlimit fuel 3", "limit time 6s", "limit time 6s\n")]
    [InlineData("/tmp -", "/a r", "/a r\n")]
    [InlineData("/tmp r", "/a r", "/a r\n/tmp r\n")]
    public void Union_OfTwo_SaysWhatEitherDoes(string first, string second, string expected)
    {
        GuestPolicy.Parse(first).Union(GuestPolicy.Parse(second)).ToString().Should().Be(expected);
        GuestPolicy.Parse(second).Union(GuestPolicy.Parse(first)).ToString().Should().Be(expected);
    }

    [Fact]
    public void Union_OfATenantsPartAndTheWhole_IsRefusedNamingThePath() =>
        GuestPolicy.Parse("/a/b r tenant").Invoking(it => it.Union(GuestPolicy.Parse("/a rw"))).Should().Throw<ArgumentException>()
            .WithMessage("*'/a/b'*no line can say both*").WithParameterName("other");

    private static GuestAccess AccessOf(GuestPolicy policy, string path) => policy.Find(path)?.Access ?? GuestAccess.None;
}
