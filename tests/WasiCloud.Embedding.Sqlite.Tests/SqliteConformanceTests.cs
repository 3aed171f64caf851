using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Testing.KeyValue;

namespace WasiCloud.Embedding.Sqlite.Tests;

public sealed class SqliteCommitTests : KeyValueCommitConformance
{
    private readonly TemporaryFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete();
    }

    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) =>
        new(new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath }, timeProvider));
}

public sealed class SqliteListTests : KeyValueListConformance
{
    private readonly TemporaryFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete();
    }

    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) =>
        new(new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath }, timeProvider));
}

public sealed class SqliteExpiryTests : KeyValueExpiryConformance
{
    private readonly TemporaryFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete();
    }

    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) =>
        new(new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath }, timeProvider));
}

public sealed class SqliteWatchTests : KeyValueWatchConformance
{
    private readonly TemporaryFolder _folder = new();

    protected override int CommitsUntilForgotten => 600;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete();
    }

    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) =>
        new(new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath, HistoryLength = 400 }, timeProvider));
}

public sealed class SqliteConcurrencyTests : KeyValueConcurrencyConformance
{
    private readonly TemporaryFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete();
    }

    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) =>
        new(new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath }, timeProvider));
}

public sealed class SqliteLockTests : KeyValueLockConformance
{
    private readonly TemporaryFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete();
    }

    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) =>
        new(new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath }, timeProvider));
}

public sealed class SqliteLimitTests : KeyValueLimitConformance
{
    private readonly TemporaryFolder _folder = new();

    protected override int MaxCheckedChanges => CommitWriter.MaxCheckSteps;

    protected override int KeptChanges => 25_000;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete();
    }

    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) =>
        new(new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath, HistoryLength = KeptChanges }, timeProvider));
}
