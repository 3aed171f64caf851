using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Locks;
using WasiCloud.Embedding.Testing.KeyValue;

namespace WasiCloud.Embedding.PostgreSql.Tests;

public sealed class PostgreSqlCommitTests : KeyValueCommitConformance
{
    protected override DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    protected override TimeSpan TimeTolerance => TimeSpan.FromSeconds(5);

    protected override async ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider)
    {
        var options = await SharedServer.NewScopeAsync();
        return new PostgreSqlKeyValueBackend(options);
    }
}

public sealed class PostgreSqlListTests : KeyValueListConformance
{
    protected override DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    protected override TimeSpan TimeTolerance => TimeSpan.FromSeconds(5);

    protected override async ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider)
    {
        var options = await SharedServer.NewScopeAsync();
        return new PostgreSqlKeyValueBackend(options);
    }
}

public sealed class PostgreSqlExpiryTests : KeyValueExpiryConformance
{
    protected override DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    protected override TimeSpan TimeTolerance => TimeSpan.FromSeconds(5);

    protected override async ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider)
    {
        var options = await SharedServer.NewScopeAsync();
        return new PostgreSqlKeyValueBackend(options);
    }

    // The server's clock cannot be moved.
    protected override async ValueTask AdvanceAsync(TimeSpan time) => await Task.Delay(time + TimeSpan.FromMilliseconds(100));
}

public sealed class PostgreSqlWatchTests : KeyValueWatchConformance
{
    protected override int CommitsUntilForgotten => 600;

    protected override async ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider)
    {
        var options = await SharedServer.NewScopeAsync();
        options.HistoryLength = 400;
        return new PostgreSqlKeyValueBackend(options);
    }
}

public sealed class PostgreSqlConcurrencyTests : KeyValueConcurrencyConformance
{
    protected override async ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider)
    {
        var options = await SharedServer.NewScopeAsync();
        return new PostgreSqlKeyValueBackend(options);
    }
}

public sealed class PostgreSqlLockTests : KeyValueLockConformance
{
    protected override TimeSpan Lease => TimeSpan.FromSeconds(3);

    protected override TimeProvider LeaseTimeProvider => TimeProvider.System;

    protected override async ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) =>
        new PostgreSqlKeyValueBackend(await SharedServer.NewScopeAsync());

    // Leases end by the server's clock.
    protected override async ValueTask AdvanceAsync(TimeSpan time) => await Task.Delay(time + TimeSpan.FromMilliseconds(100));
}

public sealed class PostgreSqlLimitTests : KeyValueLimitConformance
{
    protected override DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    protected override int MaxCheckedChanges => PrefixFunction.MaxSteps;

    protected override int KeptChanges => 25_000;

    protected override async ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider)
    {
        var options = await SharedServer.NewScopeAsync();
        options.HistoryLength = KeptChanges;
        return new PostgreSqlKeyValueBackend(options);
    }

    // The server's clock cannot be moved.
    protected override async ValueTask AdvanceAsync(TimeSpan time) => await Task.Delay(time + TimeSpan.FromMilliseconds(100));
}
