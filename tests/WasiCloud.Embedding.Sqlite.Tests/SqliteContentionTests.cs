using WasiCloud.Embedding.Tests.KeyValue.Files;
using Xunit;

namespace WasiCloud.Embedding.Sqlite.Tests;

/// <summary>Guests of one host, and of two, that write to the same keys and directories.</summary>
public sealed class SqliteContentionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Delete();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Appends_AreAllKept(int hosts)
    {
        var backends = Enumerable.Range(0, hosts).Select(_ => Open()).ToList();

        await CompetingGuests.AppendAsync(backends);

        foreach (var backend in backends) await backend.DisposeAsync();
    }

    [Fact]
    public async Task Renames_OfADirectoryThatOthersWriteBelow_AreNeverBusy()
    {
        await using var backend = Open();

        await CompetingGuests.RenameAsync(backend, rounds: 40);
    }

    private SqliteKeyValueBackend Open() => new(new() { Path = _folder.DatabasePath, Synchronous = SqliteSynchronous.Off });
}
