using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Testing.KeyValue;

/// <summary>
/// What one call may cost a store: the changes that prefix checks look at and that are kept, however few commits made them, and what expires at one time.
/// </summary>
public abstract class KeyValueLimitConformance : KeyValueBackendConformance
{
    private const int BatchSize = 2000;

    /// <summary>
    /// How many changes the prefix checks of a batch may look at, at most, before they fail; the backend must keep more. 0 if it looks at any number, and the
    /// tests of it pass.
    /// </summary>
    protected abstract int MaxCheckedChanges { get; }

    /// <summary>
    /// How many changes the backend of these tests keeps for certain, the last ones; 0 if it keeps all, and the tests of it pass. More than
    /// <see cref="MaxCheckedChanges"/>.
    /// </summary>
    protected abstract int KeptChanges { get; }

    [Fact]
    public async Task CheckPrefix_ManyPrefixesAndFewChanges_SeesEach()
    {
        var revision = await PutAsync("start");
        await PutManyAsync("changed/", 1000);
        var checks = Enumerable.Range(0, 1500).Select(index => KeyValueOperation.CheckPrefix($"d{index}/", revision)).ToArray();

        (await CommitAsync(checks)).Succeeded.Should().BeTrue();
        await PutAsync("d700/key");
        (await CommitAsync(checks)).FailedOperation.Should().Be(700);
        (await CommitAsync([KeyValueOperation.Check("d700/key", KeyValueCondition.Absent), .. checks])).FailedOperation.Should().Be(0);
        (await CommitAsync([.. checks, KeyValueOperation.Check("d700/key", KeyValueCondition.Absent)])).FailedOperation.Should().Be(700);
    }

    [Fact]
    public async Task CheckPrefix_ManyCommitsSince_FailsBeyondTheBudgetAndNotWithinIt()
    {
        if (MaxCheckedChanges == 0) return;
        var early = await PutAsync("start");
        for (var count = 0; count <= MaxCheckedChanges; count += BatchSize) await PutManyAsync("changed/", BatchSize);
        var late = await PutAsync("end");
        await PutManyAsync("changed/", 100);

        (await CommitAsync(KeyValueOperation.CheckPrefix("other/", early))).Succeeded.Should().BeFalse();
        (await CommitAsync([.. Enumerable.Range(0, 100).Select(index => KeyValueOperation.CheckPrefix($"other{index}/", early))])).FailedOperation
            .Should().Be(0);
        (await CommitAsync(KeyValueOperation.CheckPrefix("other/", late))).Succeeded.Should().BeTrue();
    }

    [Fact]
    public async Task CheckPrefix_OneLargeCommitSince_CountsItsChanges()
    {
        if (MaxCheckedChanges == 0) return;
        var early = await PutAsync("start");
        await PutManyAsync("changed/", MaxCheckedChanges + 1);

        (await CommitAsync(KeyValueOperation.CheckPrefix("other/", early))).Succeeded.Should().BeFalse();
        (await CommitAsync(KeyValueOperation.CheckPrefix("other/", early + 1))).Succeeded.Should().BeTrue();
    }

    [Fact]
    public async Task CheckPrefix_OfManyLengths_IsBoundedToo()
    {
        if (MaxCheckedChanges == 0) return;
        var early = await PutAsync("start");
        await PutManyAsync(new string('k', 1000), Math.Max(1, MaxCheckedChanges / 50));
        var checks = Enumerable.Range(1, 1000).Select(length => KeyValueOperation.CheckPrefix(new string('k', length) + "/", early)).ToArray();

        (await CommitAsync(checks)).FailedOperation.Should().Be(0);
    }

    [Fact]
    public async Task History_FewLargeCommits_IsKeptByChanges()
    {
        if (KeptChanges == 0) return;
        var early = await PutAsync("start");
        for (var count = 0; count <= 3 * KeptChanges; count += BatchSize) await PutManyAsync("changed/", BatchSize);

        // What is forgotten is deleted in parts, by commits.
        for (var index = 0; index < 70; index++) await PutAsync("end");

        await FluentActions.Awaiting(() => ReadOneAsync(early)).Should().ThrowAsync<KeyValueHistoryLostException>();
        (await CommitAsync(KeyValueOperation.CheckPrefix("other/", early))).Succeeded.Should().BeFalse();
    }

    [Fact]
    public async Task Watch_BehindWhileALargeCommitIsForgotten_IsToldOrReadsAll()
    {
        if (KeptChanges == 0) return;
        await PutManyAsync("a/", 1000);
        await using var changes = Backend.WatchAsync("a/", 0, Timeout).GetAsyncEnumerator(Timeout);
        await changes.MoveNextAsync();
        for (var count = 0; count <= KeptChanges - 500; count += BatchSize) await PutManyAsync("changed/", BatchSize);
        for (var index = 0; index < 70; index++) await PutAsync("end");

        var read = 1;
        try
        {
            for (; read < 1000; read++) (await changes.MoveNextAsync()).Should().BeTrue();
        }
        catch (KeyValueHistoryLostException)
        {
            return;
        }

        changes.Current.Key.Should().Be("a/999");
        changes.Current.Revision.Should().Be(1);
    }

    [Fact]
    public async Task Expired_ManyAtOnce_AreGoneForEverybodyAndToldOnce()
    {
        const int Count = 3000;
        var expires = Now + TimeSpan.FromSeconds(2);
        for (var start = 0; start < Count; start += 500)
            await CommitAsync([.. Enumerable.Range(start, 500).Select(index => KeyValueOperation.Put($"e/{index:0000}", default, expires: expires))]);
        var revision = await PutAsync("other");
        await AdvanceAsync(TimeSpan.FromSeconds(3));

        (await ListKeysAsync()).Should().Equal("other");
        (await GetTextAsync("e/2999")).Should().BeNull();
        (await CommitAsync(KeyValueOperation.Put("e/2999", default, KeyValueCondition.Absent),
            KeyValueOperation.Check("e/0000", KeyValueCondition.Absent))).Succeeded.Should().BeTrue();
        (await CommitAsync(KeyValueOperation.CheckPrefix("e/", revision))).Succeeded.Should().BeFalse();
        var told = new List<KeyValueChange>();
        await foreach (var change in Backend.WatchAsync("e/", revision, Timeout))
        {
            told.Add(change);
            if (change.Kind == KeyValueChangeKind.Put) break;
        }

        told.Where(change => change.Kind == KeyValueChangeKind.Delete).Select(change => change.Key)
            .Should().BeEquivalentTo(Enumerable.Range(0, Count).Select(index => $"e/{index:0000}"));
        told.Select(change => change.Revision).Should().BeInAscendingOrder();
    }

    private async Task PutManyAsync(string prefix, int count) =>
        (await CommitAsync([.. Enumerable.Range(0, count).Select(index => KeyValueOperation.Put($"{prefix}{index}", default))])).Succeeded.Should().BeTrue();

    private async Task ReadOneAsync(long afterRevision)
    {
        await using var changes = Backend.WatchAsync(string.Empty, afterRevision, Timeout).GetAsyncEnumerator(Timeout);
        await changes.MoveNextAsync();
    }
}
