using FluentAssertions;
using WasiCloud.Embedding.Reliability.Rpc;
using Xunit;

namespace WasiCloud.Embedding.Reliability.Tests.Rpc;

/// <summary>A short form of <c>WasiCloud.Embedding.Reliability calls</c>, which kills 100 times.</summary>
public sealed class CallTests
{
    private const int Rounds = 6;

    [Fact]
    public async Task Calls_ServersKilledAgainAndAgain_AreSeenOnceAtMost()
    {
        var rounds = new CallRounds(seed: 7);

        await rounds.RunAsync(Rounds);

        rounds.Answered.Should().BeGreaterThanOrEqualTo(Rounds);
    }
}
