using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Tests.KeyValue;

namespace WasiCloud.Embedding.Redis.Tests;

public sealed class RedisTenantTests : TenantScopeTests
{
    protected override async ValueTask<IKeyValueBackend> CreateAsync() => new RedisKeyValueBackend(await SharedServer.CreateScopeAsync());
}
