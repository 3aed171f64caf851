using FluentAssertions;
using WasiCloud.Embedding.Reliability.Crash;
using Xunit;

namespace WasiCloud.Embedding.Reliability.Tests.Crash;

/// <summary>A short form of <c>WasiCloud.Embedding.Reliability crash</c>, which kills 100 times.</summary>
public sealed class CrashTests
{
    private const int Rounds = 8;

    [Fact]
    public async Task Sqlite_HostKilledAgainAndAgain_KeepsWhatWasAcknowledgedAndFreesTheLocks()
    {
        using var folder = new TemporaryFolder();
        var crash = new CrashRounds(folder.File("crash.db"), seed: 7);

        for (var round = 0; round < Rounds; round++) await crash.RunAsync();

        crash.Acknowledged.Should().BePositive();
    }
}
