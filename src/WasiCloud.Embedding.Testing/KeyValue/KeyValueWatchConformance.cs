using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Testing.KeyValue;

/// <summary>Watches and prefix checks: what is known of earlier changes.</summary>
public abstract class KeyValueWatchConformance : KeyValueBackendConformance
{
    /// <summary>After how many commits the first is certainly forgotten; 0 if the test cannot make that many.</summary>
    protected virtual int CommitsUntilForgotten => 0;

    [Fact]
    public async Task Watch_EarlierChanges_TellsThemInOrder()
    {
        var first = await PutAsync("a");
        var second = await PutAsync("b");
        var third = await DeleteAsync("a");

        (await TakeAsync(string.Empty, 0, 3)).Should().Equal(
            new KeyValueChange("a", KeyValueChangeKind.Put, first),
            new KeyValueChange("b", KeyValueChangeKind.Put, second),
            new KeyValueChange("a", KeyValueChangeKind.Delete, third));
    }

    [Fact]
    public async Task Watch_AfterRevision_TellsOnlyLaterChanges()
    {
        var first = await PutAsync("a");
        var second = await PutAsync("a");

        (await TakeAsync(string.Empty, first, 1)).Should().Equal(new KeyValueChange("a", KeyValueChangeKind.Put, second));
    }

    [Fact]
    public async Task Watch_Prefix_TellsOnlyKeysBelowIt()
    {
        await PutAsync("a");
        await PutAsync("a/1");
        await PutAsync("b/1");
        await PutAsync("a/2");

        (await TakeAsync("a/", 0, 2)).Select(change => change.Key).Should().Equal("a/1", "a/2");
    }

    [Fact]
    public async Task Watch_Batch_TellsEachKeyWithTheSameRevision()
    {
        var result = await CommitAsync(KeyValueOperation.Put("b", default), KeyValueOperation.Put("a", default));

        var changes = await TakeAsync(string.Empty, 0, 2);

        changes.Select(change => change.Key).Should().BeEquivalentTo("a", "b");
        changes.Should().OnlyContain(change => change.Revision == result.Revision);
    }

    [Fact]
    public async Task Watch_FailedBatchAndDeleteOfMissing_TellsNothing()
    {
        await CommitAsync(KeyValueOperation.Put("no", default), KeyValueOperation.Check("no", KeyValueCondition.Present));
        await DeleteAsync("missing");
        await PutAsync("yes");

        (await TakeAsync(string.Empty, 0, 1)).Single().Key.Should().Be("yes");
    }

    [Fact]
    public async Task Watch_Waiting_IsWokenByACommit()
    {
        var revision = await PutAsync("a");
        await using var changes = Backend.WatchAsync(string.Empty, revision, Timeout).GetAsyncEnumerator(Timeout);
        var next = changes.MoveNextAsync();
        next.IsCompleted.Should().BeFalse();

        await PutAsync("b");

        (await next).Should().BeTrue();
        changes.Current.Key.Should().Be("b");
    }

    [Fact]
    public async Task Watch_DuringManyConcurrentCommits_LosesAndRepeatsNothing()
    {
        const int Writers = 4, Each = 100;
        var watch = TakeAsync(string.Empty, 0, Writers * Each);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var index = 0; index < Each; index++) await PutAsync($"{writer}/{index}");
        })));

        var changes = await watch;

        changes.Select(change => change.Key).Should().OnlyHaveUniqueItems();
        changes.Select(change => change.Revision).Should().BeInAscendingOrder();
    }

    [Fact]
    public async Task Watch_Cancelled_Throws()
    {
        using var cancellation = new CancellationTokenSource();
        await using var changes = Backend.WatchAsync(string.Empty, 0, cancellation.Token).GetAsyncEnumerator(Timeout);
        var next = changes.MoveNextAsync();

        await cancellation.CancelAsync();

        await FluentActions.Awaiting(async () => await next).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Watch_Forgotten_Throws()
    {
        if (CommitsUntilForgotten == 0) return;
        for (var index = 0; index < CommitsUntilForgotten; index++) await PutAsync("key");

        await FluentActions.Awaiting(() => TakeAsync(string.Empty, 0, 1)).Should().ThrowAsync<KeyValueHistoryLostException>();
    }

    [Fact]
    public async Task CheckPrefix_Forgotten_Fails()
    {
        if (CommitsUntilForgotten == 0) return;
        for (var index = 0; index < CommitsUntilForgotten; index++) await PutAsync("key");

        (await CommitAsync(KeyValueOperation.CheckPrefix("other", 1))).Succeeded.Should().BeFalse();
    }

    [Fact]
    public async Task CheckPrefix_NothingChangedBelow_Succeeds()
    {
        var revision = await PutAsync("a/1");
        await PutAsync("b/1");

        (await CommitAsync(KeyValueOperation.CheckPrefix("a/", revision), KeyValueOperation.Put("a/2", default))).Succeeded.Should().BeTrue();
    }

    [Theory]
    [InlineData(KeyValueChangeKind.Put)]
    [InlineData(KeyValueChangeKind.Delete)]
    public async Task CheckPrefix_ChangedBelow_FailsTheBatch(KeyValueChangeKind change)
    {
        var revision = await PutAsync("a/1");
        if (change == KeyValueChangeKind.Put) await PutAsync("a/2");
        else await DeleteAsync("a/1");

        var result = await CommitAsync(KeyValueOperation.Put("b", default), KeyValueOperation.CheckPrefix("a/", revision));

        result.FailedOperation.Should().Be(1);
        (await GetTextAsync("b")).Should().BeNull();
    }

    [Fact]
    public async Task CheckPrefix_RevisionZero_MeansNothingEver()
    {
        (await CommitAsync(KeyValueOperation.CheckPrefix("a/", 0))).Succeeded.Should().BeTrue();
        await PutAsync("a/1");

        (await CommitAsync(KeyValueOperation.CheckPrefix("a/", 0))).Succeeded.Should().BeFalse();
    }

    private async Task<List<KeyValueChange>> TakeAsync(string prefix, long afterRevision, int count)
    {
        var changes = new List<KeyValueChange>();
        await foreach (var change in Backend.WatchAsync(prefix, afterRevision, Timeout))
        {
            changes.Add(change);
            if (changes.Count == count) break;
        }

        return changes;
    }
}
