using FluentAssertions;
using WasiCloud.Embedding.Fuzz;
using WasiCloud.Embedding.Fuzz.Modules;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Modules;

/// <summary>Modules that were good until somebody damaged them.</summary>
public sealed class MutationTests
{
    // Whatever a damaged guest does, it ends soon.
    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(50);

    [Theory]
    [InlineData("write_body")]
    [InlineData("null_write")]
    [InlineData("trap")]
    public async Task Module_CutAtEveryByte_IsRefusedOrWhole(string guest)
    {
        await using var host = new FuzzHost();
        var wasm = Read(guest);

        // Behind its last section a module may be cut: what is missing are names.
        var loaded = new List<int>();
        for (var length = 0; length < wasm.Length; length++)
        {
            if (await host.LoadAndRunAsync(wasm[..length], s_timeout) != Ending.Invalid) loaded.Add(length);
        }

        loaded.Should().OnlyContain(length => SectionEnds(wasm).Contains(length));
    }

    [Fact]
    public async Task RealGuests_WithFlippedBits_AreRefusedOrEndInAKnownWay()
    {
        await using var host = new FuzzHost();
        var random = new Random(Effort.Seed);
        string[] guests = ["counter", "echo", "fault", "json", "kvread", "null_write", "posix", "snapshot0", "touch_call", "write_body"];
        var wasm = guests.Select(Read).ToArray();
        var endings = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var round = 0; round < Effort.Of(600); round++)
        {
            var ending = await host.LoadAndRunAsync(GeneratedModules.Flip(wasm[round % wasm.Length], random), s_timeout);

            ending.Should().NotContain(" ", "round {0} of seed {1} ended as nobody promised", round, Effort.Seed);
            endings[ending] = endings.GetValueOrDefault(ending) + 1;
        }

        endings.Keys.Should().Contain(Ending.Invalid).And.HaveCountGreaterThan(2);
        (host.Ledger.Nodes, host.Ledger.Handles).Should().Be((0, 0));
    }

    private static byte[] Read(string guest) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "guests", guest + ".wasm"));

    private static HashSet<int> SectionEnds(byte[] wasm)
    {
        var ends = new HashSet<int>();
        for (var position = 8; position < wasm.Length;)
        {
            var (size, shift) = (0, 0);
            position++;
            do
            {
                size |= (wasm[position] & 0x7F) << shift;
                shift += 7;
            }
            while ((wasm[position++] & 0x80) != 0);
            ends.Add(position += size);
        }

        return ends;
    }
}
