using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Sqlite.Tests;

public sealed class SqliteLargeTransactionTests : LargeTransactionTests
{
    private readonly TemporaryFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete();
    }

    protected override Task<IKeyValueBackend> CreateAsync() =>
        Task.FromResult<IKeyValueBackend>(new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath }));
}
