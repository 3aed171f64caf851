using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Memory;
using WasiCloud.Embedding.Testing.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Memory;

public sealed class MemoryKeyValueCommitTests : KeyValueCommitConformance
{
    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => new(new MemoryKeyValueBackend(timeProvider));
}

public sealed class MemoryKeyValueListTests : KeyValueListConformance
{
    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => new(new MemoryKeyValueBackend(timeProvider));
}

public sealed class MemoryKeyValueExpiryTests : KeyValueExpiryConformance
{
    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => new(new MemoryKeyValueBackend(timeProvider));
}

public sealed class MemoryKeyValueWatchTests : KeyValueWatchConformance
{
    private const int HistoryLength = 400;

    protected override int CommitsUntilForgotten => HistoryLength + 2;

    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => new(new MemoryKeyValueBackend(timeProvider, HistoryLength));

    [Fact]
    public async Task Watch_HistoryExactlyKept_Continues()
    {
        var first = await PutAsync("key");
        for (var index = 0; index < HistoryLength; index++) await PutAsync("key");

        await using var changes = Backend.WatchAsync(string.Empty, first, Timeout).GetAsyncEnumerator(Timeout);
        (await changes.MoveNextAsync()).Should().BeTrue();
        changes.Current.Revision.Should().Be(first + 1);
    }
}

public sealed class MemoryKeyValueConcurrencyTests : KeyValueConcurrencyConformance
{
    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => new(new MemoryKeyValueBackend(timeProvider));
}

public sealed class MemoryKeyValueLockTests : KeyValueLockConformance
{
    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => new(new MemoryKeyValueBackend(timeProvider));
}

public sealed class MemoryKeyValueLimitTests : KeyValueLimitConformance
{
    protected override int MaxCheckedChanges => MemoryKeyValueBackend.MaxCheckSteps;

    protected override int KeptChanges => 70_000;

    protected override ValueTask<IKeyValueBackend> CreateAsync(TimeProvider timeProvider) => new(new MemoryKeyValueBackend(timeProvider, KeptChanges));
}
