using System.Diagnostics;
using FluentAssertions;
using WasiCloud.Embedding.Fuzz;
using WasiCloud.Embedding.Fuzz.Modules;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Modules;

/// <summary>Few bytes that announce much: each is refused for what it is, before anything is made room for.</summary>
public sealed class CountBombTests(CountBombTests.Hosts hosts) : IClassFixture<CountBombTests.Hosts>
{
    private const int Sections = 13;
    private static readonly uint[] s_counts = [1000, 1_000_000, 100_000_000, int.MaxValue, uint.MaxValue];

    public static TheoryData<int, uint> Counts
    {
        get
        {
            var counts = new TheoryData<int, uint>();
            for (var section = 1; section <= Sections; section++)
            {
                foreach (var count in s_counts) counts.Add(section, count);
            }

            return counts;
        }
    }

    [Theory]
    [MemberData(nameof(Counts))]
    public async Task Section_ThatAnnouncesMoreThanItHas_IsRefused(int section, uint count)
    {
        var content = new WasmWriter().U32(count).ToArray();

        await ShouldBeRefusedAsync(new WasmWriter().Bytes("\0asm"u8).Fixed32(1).Byte(section).Blob(content).ToArray());
    }

    [Theory]
    [MemberData(nameof(Counts))]
    public async Task Section_ThatIsShorterThanItSays_IsRefused(int section, uint bytes) =>
        await ShouldBeRefusedAsync(new WasmWriter().Bytes("\0asm"u8).Fixed32(1).Byte(section).U32(bytes).Byte(1).ToArray());

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(7)]
    public async Task Name_ThatIsLongerThanItsSection_IsRefused(int section)
    {
        foreach (var length in s_counts)
        {
            var content = section == 0 ? new WasmWriter().U32(length) : new WasmWriter().U32(1).U32(length);
            await ShouldBeRefusedAsync(new WasmWriter().Bytes("\0asm"u8).Fixed32(1).Byte(section).Blob(content.Byte('x').ToArray()).ToArray());
        }
    }

    [Fact]
    public async Task MillionEmptyCustomSections_AreLoadedOrRefusedWithoutHarm()
    {
        var module = new WasmWriter().Bytes(AdversarialModules.Command(new CodeWriter()));
        for (var section = 0; section < 1_000_000; section++) module.Byte(0).Blob([0]);
        var watch = Stopwatch.StartNew();

        (await hosts.Host.LoadAndRunAsync(module.ToArray(), TimeSpan.FromMinutes(1))).Should().BeOneOf(Ending.Ok, Ending.Invalid);

        watch.Elapsed.Should().BeLessThan(TimeSpan.FromMinutes(1), "nothing is done for each pair of them");
    }

    private async Task ShouldBeRefusedAsync(byte[] wasm)
    {
        var failure = (await hosts.Host.Host.Awaiting(host => host.LoadAsync(wasm, "bomb").AsTask()).Should().ThrowAsync<InvalidGuestModuleException>()).Which;

        failure.Message.Length.Should().BeLessThan(1000);
    }

    public sealed class Hosts : IAsyncTest
    {
        internal FuzzHost Host { get; } = new();

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }
}
