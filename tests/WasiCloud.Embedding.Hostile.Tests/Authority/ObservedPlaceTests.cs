using CsCheck;
using FluentAssertions;
using WasiCloud.Embedding.Authority;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Authority;

/// <summary>What is learned allows what was used, in few lines, whatever guests do.</summary>
public class ObservedPlaceTests
{
    private static readonly Gen<(string[] Names, GuestAccess Access)> s_use = Gen.Select(Gen.Int[0, 11].Array[1, 3], Gen.Int[1, 7])
        .Select((names, access) => (new[] { "m" }.Concat(names.Select(name => "n" + name)).ToArray(), (GuestAccess)access));

    [Fact]
    public void Learn_OfUses_AllowsEach() => Gen.Select(s_use.Array[0, 60], Gen.Int[1, 40]).Sample((uses, room) =>
    {
        var observer = new GuestPolicyObserver(room);
        foreach (var (names, access) in uses) observer.Record(names, access, isTenant: false, mergedFrom: 1);
        var policy = observer.Learn();
        foreach (var (names, access) in uses) (policy.Find("/" + string.Join('/', names))?.Access ?? 0).Should().HaveFlag(access);
        foreach (var line in policy.Lines) line.Path.Should().StartWith("/m");
    });

    [Theory]
    [InlineData(8, 8)]
    [InlineData(9, 1)]
    public void Learn_SiblingsOfOneUse_AreOneLineFromNineOn(int count, int lines)
    {
        var observer = new GuestPolicyObserver();
        for (var index = 0; index < count; index++) observer.Record(["m", "d", $"f{index}"], GuestAccess.Read, isTenant: false, mergedFrom: 1);
        observer.Learn().Lines.Should().HaveCount(lines);
    }

    [Fact]
    public void Learn_SiblingsAboveAMount_AreNeverMerged()
    {
        var observer = new GuestPolicyObserver();
        for (var index = 0; index < 20; index++) observer.Record(["m", $"scope{index}", "key"], GuestAccess.Read, isTenant: false, mergedFrom: 2);
        observer.Learn().Lines.Should().HaveCount(20);
    }

    /// <summary>A guest that uses a million paths costs what the most paths cost, and is told of.</summary>
    [Fact]
    public void Record_MillionPaths_KeepsTheMostAndCountsTheOthers()
    {
        var observer = new GuestPolicyObserver(maxPaths: 1_000);
        for (var index = 0; index < 1_000_000; index++) observer.Record(["m", $"f{index}"], GuestAccess.Read, isTenant: false, mergedFrom: 1);
        observer.LeftOut.Should().Be(999_001);
        observer.Learn().Should().Be(GuestPolicy.Parse("/m r"));
    }
}
