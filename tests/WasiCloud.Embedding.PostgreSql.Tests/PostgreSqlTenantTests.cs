using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Tests.KeyValue;

namespace WasiCloud.Embedding.PostgreSql.Tests;

public sealed class PostgreSqlTenantTests : TenantScopeTests
{
    protected override async ValueTask<IKeyValueBackend> CreateAsync() => new PostgreSqlKeyValueBackend(await SharedServer.NewSchemaAsync());
}
