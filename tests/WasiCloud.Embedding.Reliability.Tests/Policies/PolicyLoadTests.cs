using FluentAssertions;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Reliability.Policies;
using Xunit;

namespace WasiCloud.Embedding.Reliability.Tests.Policies;

/// <summary>A short form of <c>WasiCloud.Embedding.Reliability policies</c>, which runs 1,000,000 guests.</summary>
public sealed class PolicyLoadTests
{
    private const int Seed = 7;

    [Fact]
    public async Task Run_OfRandomPolicies_FindsNothing()
    {
        var seen = await new PolicyLoad(Seed, policy => policy).RunAsync(5_000);

        seen.Should().Contain("0 denied ones reached").And.NotContain(" 0 operations allowed").And.NotContain(" 0 refused");
    }

    [Fact]
    public Task Run_OfGuestsWithoutTheirPolicy_IsFound() => IsFoundAsync(_ => null);

    [Fact]
    public Task Run_OfGuestsThatMayLess_IsFound() => IsFoundAsync(policy => policy.Intersect(GuestPolicy.Parse("/request r\n/response rwc\n/m rw\n")));

    private static async Task IsFoundAsync(Func<GuestPolicy, GuestPolicy?> given)
    {
        var run = () => new PolicyLoad(Seed, given).RunAsync(500);

        // Whichever of the callers is first: an errno, or what was asked of the mount.
        var found = await run.Should().ThrowAsync<LedgerViolationException>();
        found.Which.Message.Should().MatchRegex("was to be expected under|was asked of the mount under");
    }
}
