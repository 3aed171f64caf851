using System.Diagnostics;
using FluentAssertions;
using WasiCloud.Embedding.Engine.Compilation;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Tests.Hosting;
using WasiCloud.Embedding.Wasm;
using Xunit;

namespace WasiCloud.Embedding.Tests.Wasm;

/// <summary>What reads modules before the compiler does, over bytes that lie: it ends, soon and without an exception, whatever they claim.</summary>
public class HostileBinaryTests
{
    private static readonly byte[] s_header = [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0];

    [Fact]
    public void Readers_OfEveryPrefix_End()
    {
        var wasm = TestHost.ReadGuest("missing_imports");
        for (var length = s_header.Length; length <= wasm.Length; length++) ReadAll(wasm.AsSpan(0, length));
    }

    // Fixed seed: the same bytes every time.
    [Fact]
    public void Readers_OfDamagedModules_End()
    {
        var random = new Random(1);
        var original = TestHost.ReadGuest("fault")[..2000];
        for (var round = 0; round < 2000; round++)
        {
            var wasm = original.ToArray();
            for (var change = 0; change < 3; change++) wasm[random.Next(s_header.Length, wasm.Length)] = (byte)random.Next(256);
            ReadAll(wasm);
        }
    }

    // A count of 4 billion, in each section, of what is not there, of what takes one byte, and of what ends in the middle.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    public void Readers_OfCountsOfFourBillion_EndWithTheBytes(int follow)
    {
        var watch = Stopwatch.StartNew();
        byte[] count = [0xFF, 0xFF, 0xFF, 0xFF, 0x0F];
        for (byte id = 0; id <= 13; id++)
        {
            foreach (var filling in new byte[] { 0x00, 0x01, 0x40, 0x60, 0x63, 0x6F, 0x70, 0x7F, 0x80, 0xFF })
            {
                byte[] content = [.. count, .. Enumerable.Repeat(filling, follow)];
                ReadAll([.. s_header, id, .. Leb(content.Length), .. content]);

                // The same within: one type, body, segment of so many.
                content = [1, filling, .. content];
                ReadAll([.. s_header, id, .. Leb(content.Length), .. content]);
            }
        }

        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(20), "4 billion steps take longer");
    }

    [Theory]
    [InlineData("05")]
    [InlineData("FFFFFFFF0F")]
    [InlineData("8080808008")]
    [InlineData("FFFFFFFF7F")]
    [InlineData("80808080808000")]
    public void Readers_OfSectionSizesPastTheEnd_End(string size)
    {
        for (byte id = 0; id <= 13; id++) ReadAll([.. s_header, id, .. Convert.FromHexString(size)]);
    }

    private static void ReadAll(ReadOnlySpan<byte> wasm)
    {
        _ = CompilationEstimate.Of(wasm, processors: 2);
        _ = HeapNeed.Of(wasm);
        _ = ProducersSection.SaysGo(wasm);
        ImportScan.Read(wasm, new ImportInspection(HostCallTable.Empty, [], trapUnknown: true));
    }

    private static byte[] Leb(int value) => [(byte)((value & 0x7F) | 0x80), (byte)(value >> 7)];
}
