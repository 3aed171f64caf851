using System.Security.Cryptography;
using FluentAssertions;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

/// <summary>Measures the memory of the process, so nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(LargeBodyTests), DisableParallelization = true)]
[Collection(nameof(LargeBodyTests))]
public sealed class LargeBodyTests
{
    private const int BlockBytes = 64 << 10;
    private const int Blocks = 1600;

    // The response's buffer (1 MiB), Kestrel's two (1 MiB and 64 KiB) and the test's own garbage; a body that is held would be 100 MiB.
    private const long AllowedGrowthBytes = 16L << 20;

    [Fact]
    public async Task Echo_HundredMebibytes_StreamInConstantMemory()
    {
        await using var server = await new GuestServerBuilder().Map("/", TestGuests.Named("echo")).WithServerLimits(limits => limits.MaxRequestBodySize = null)
            .StartAsync();
        using var connection = await RawConnection.OpenAsync(server);
        await connection.SendAsync($"POST / HTTP/1.1\r\nHost: guest\r\nContent-Length: {(long)Blocks * BlockBytes}\r\n\r\n");
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var sending = Task.Run(() => SendAsync(connection));
        await connection.ReadHeadAsync();
        var (received, growth) = await ReceiveAsync(connection, before);

        received.Should().Equal(await sending);
        growth.Should().BeLessThan(AllowedGrowthBytes);
    }

    private static async Task<byte[]> SendAsync(RawConnection connection)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[BlockBytes];
        for (var index = 0; index < Blocks; index++)
        {
            block.AsSpan().Fill((byte)index);
            hash.AppendData(block);
            await connection.SendAsync(block);
        }

        return hash.GetHashAndReset();
    }

    private static async Task<(byte[] Hash, long Growth)> ReceiveAsync(RawConnection connection, long before)
    {
        const long MeasureEachBytes = 10 << 20;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (growth, total, measured) = (0L, 0L, 0L);
        while (await connection.ReadChunkAsync() is { Length: > 0 } chunk)
        {
            hash.AppendData(chunk);
            total += chunk.Length;
            if (total - measured < MeasureEachBytes) continue;
            measured = total;
            growth = Math.Max(growth, GC.GetTotalMemory(forceFullCollection: true) - before);
        }

        return (hash.GetHashAndReset(), growth);
    }
}
