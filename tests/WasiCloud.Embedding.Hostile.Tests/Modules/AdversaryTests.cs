using System.Diagnostics;
using FluentAssertions;
using WasiCloud.Embedding.Fuzz;
using WasiCloud.Embedding.Fuzz.Modules;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Modules;

/// <summary>Every kind of adversarial module ends as it must, in its time, and a good guest runs right after it.</summary>
public sealed class AdversaryTests(AdversaryTests.Hosts hosts) : IClassFixture<AdversaryTests.Hosts>
{
    // For those that are to reach it; the others have time also on a machine that is busy.
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_long = TimeSpan.FromMinutes(1);

    // Far more than the interruption and the largest compilation take, far less than for ever.
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    public static TheoryData<string> Names => [.. Adversaries.All.Select(adversary => adversary.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Adversary_LoadedAndRun_EndsAsItMust(string name)
    {
        var adversary = Adversaries.All.Single(adversary => adversary.Name == name);
        var timeout = adversary.Endings.Contains(Ending.Time) ? s_short : s_long;
        for (var round = 0; round < 3; round++)
        {
            var seed = Effort.Seed + round;
            var watch = Stopwatch.StartNew();

            var ending = await hosts.Host.LoadAndRunAsync(adversary.Create(new Random(seed)), timeout);

            watch.Elapsed.Should().BeLessThan(s_deadline, "seed {0}", seed);
            Ending.IsAmong(ending, adversary.Endings).Should().BeTrue("'{0}' is none of '{1}', seed {2}", ending, string.Join("', '", adversary.Endings), seed);
            (await hosts.Host.RunAsync(hosts.Good, new InvocationRequest())).Should().Be(Ending.Ok, "a good guest runs after it");
        }
    }

    public sealed class Hosts : IAsyncLifetime
    {
        internal FuzzHost Host { get; } = new();

        public GuestModule Good { get; private set; } = null!;

        public async Task InitializeAsync() =>
            Good = await Host.Host.LoadAsync(await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "guests", "write_body.wasm")), "write_body");

        public async Task DisposeAsync()
        {
            Good.Dispose();
            await Host.DisposeAsync();
        }
    }
}
