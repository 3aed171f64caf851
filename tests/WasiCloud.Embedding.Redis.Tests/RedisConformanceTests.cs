using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Locks;
using WasiCloud.Embedding.Redis.KeyValue;
using WasiCloud.Embedding.Testing.KeyValue;
using WasiCloud.Embedding.Tests.KeyValue;

namespace WasiCloud.Embedding.Redis.Tests;

public sealed class RedisCommitTests : KeyValueCommitConformance
{
    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => SharedServer.CreateBackendAsync(new DatedClock(timeProvider));
}

public sealed class RedisListTests : KeyValueListConformance
{
    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => SharedServer.CreateBackendAsync(new DatedClock(timeProvider));
}

public sealed class RedisExpiryTests : KeyValueExpiryConformance
{
    // More than the millisecond to which the server rounds.
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(20);

    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => SharedServer.CreateBackendAsync(timeProvider);

    // Entries expire by the server's clock, the sweep and the time to live of a put are computed from ours.
    protected override async ValueTask AdvanceAsync(TimeSpan time)
    {
        await Task.Delay(time + Margin);
        await base.AdvanceAsync(time);
    }
}

public sealed class RedisWatchTests : KeyValueWatchConformance
{
    protected override int CommitsUntilForgotten => 600;

    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) =>
        SharedServer.CreateBackendAsync(new DatedClock(timeProvider), historyLength: 400);
}

public sealed class RedisConcurrencyTests : KeyValueConcurrencyConformance
{
    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => SharedServer.CreateBackendAsync(new DatedClock(timeProvider));
}

public sealed class RedisLockTests : KeyValueLockConformance
{
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(20);

    protected override TimeSpan Lease => TimeSpan.FromSeconds(3);

    protected override TimeProvider LeaseTimeProvider => TimeProvider.System;

    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => SharedServer.CreateBackendAsync(TimeProvider.System);

    // Leases end by the server's clock.
    protected override async ValueTask AdvanceAsync(TimeSpan time) => await Task.Delay(time + Margin);
}

public sealed class RedisLimitTests : KeyValueLimitConformance
{
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(20);

    protected override int MaxCheckedChanges => Scripts.MaxCheckSteps;

    protected override int KeptChanges => 8_000;

    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) =>
        SharedServer.CreateBackendAsync(timeProvider, historyLength: KeptChanges);

    // Entries expire by the server's clock, the sweep and the time to live of a put are computed from ours.
    protected override async ValueTask AdvanceAsync(TimeSpan time)
    {
        await Task.Delay(time + Margin);
        await base.AdvanceAsync(time);
    }
}
