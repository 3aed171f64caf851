using FluentAssertions;
using WasiCloud.Embedding.Fuzz.Deadlines;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Imports;

/// <summary>
/// No call outlives its guest's time by much, whatever sizes, buffers and paths it is given. The command <c>deadlines</c> measures by how much.
/// </summary>
public sealed class DeadlineTests : IAsyncLifetime
{
    private const int Names = 2_000;

    // One call took 5 to 16 s where it was not bounded; the machine may be busy with other tests.
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(4);

    private DeadlineHost _host = null!;

    public async Task InitializeAsync() => _host = await DeadlineHost.CreateAsync(Names);

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task RandomCalls_OfRandomSizes_EndWithTheirGuest()
    {
        var random = new Random(Effort.Seed);
        var (cases, runner) = (new DeadlineCases(random), new DeadlineRunner(_host, random));
        var measured = 0;
        for (var index = 0; index < Effort.Of(30); index++)
        {
            var next = cases.Next();
            var outcome = await runner.RunAsync(next, 10, 100);
            outcome.Over.Should().BeLessThan(s_bound, "{0} ended with {1}", next, outcome.Ending);
            if (outcome.IsMeasured) measured++;
        }

        measured.Should().BeGreaterThan(Effort.Of(30) / 2, "a guest that ends before its time shows nothing");
    }
}
