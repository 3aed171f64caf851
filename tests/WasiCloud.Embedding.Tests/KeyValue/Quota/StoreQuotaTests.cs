using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Memory;
using WasiCloud.Embedding.Sqlite;
using WasiCloud.Embedding.Tests.KeyValue.Files;

namespace WasiCloud.Embedding.Tests.KeyValue.Quota;

/// <summary>In memory, where the store itself keeps count.</summary>
public sealed class MemoryQuotaTests : QuotaTests
{
    private protected override IKeyValueBackend NewStore() => new MemoryKeyValueBackend(Clock);
}

/// <summary>A store that says nothing of what it holds but its listing.</summary>
public sealed class CountedQuotaTests : QuotaTests
{
    private protected override IKeyValueBackend NewStore() => new CountingBackend(new MemoryKeyValueBackend(Clock));
}

/// <summary>SQLite, whose calls really wait.</summary>
public sealed class SqliteQuotaTests : QuotaTests
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("wasicloud-quota-");

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await ((SqliteKeyValueBackend)Store).DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private protected override IKeyValueBackend NewStore() => new SqliteKeyValueBackend(new() { Path = Path.Combine(_folder.FullName, "quota.db") }, Clock);
}
