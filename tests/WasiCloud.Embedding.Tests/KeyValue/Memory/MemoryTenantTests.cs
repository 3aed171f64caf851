using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Memory;

namespace WasiCloud.Embedding.Tests.KeyValue.Memory;

public sealed class MemoryTenantTests : TenantScopeTests
{
    protected override ValueTask<IKeyValueBackend> CreateAsync() => new(new MemoryKeyValueBackend());
}
