using WasiCloud.Embedding.Tests.KeyValue.Files;
using Xunit;

namespace WasiCloud.Embedding.Redis.Tests;

/// <summary>Guests of one host, and of two, that write to the same keys and directories.</summary>
public sealed class RedisContentionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Appends_AreAllKept(int hosts)
    {
        var options = await SharedServer.CreateScopeAsync();
        var backends = Enumerable.Range(0, hosts).Select(_ => new RedisKeyValueBackend(options)).ToList();

        await CompetingGuests.AppendAsync(backends);

        foreach (var backend in backends) await backend.DisposeAsync();
    }

    [Fact]
    public async Task Renames_OfADirectoryThatOthersWriteBelow_AreNeverBusy()
    {
        await using var backend = new RedisKeyValueBackend(await SharedServer.CreateScopeAsync());

        await CompetingGuests.RenameAsync(backend, rounds: 15);
    }
}
