using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Tests.KeyValue;

namespace WasiCloud.Embedding.Sqlite.Tests;

public sealed class SqliteTenantTests : TenantScopeTests
{
    private readonly TemporaryFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete();
    }

    protected override ValueTask<IKeyValueBackend> CreateAsync() => new(new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath }));
}
