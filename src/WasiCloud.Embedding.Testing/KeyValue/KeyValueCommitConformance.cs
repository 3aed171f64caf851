using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Testing.KeyValue;

/// <summary>Gets, puts, deletes, conditions and batches.</summary>
public abstract class KeyValueCommitConformance : KeyValueBackendConformance
{
    [Fact]
    public async Task Get_NeverPut_IsNull() => (await Backend.GetAsync("missing", 100, Timeout)).Should().BeNull();

    [Fact]
    public async Task Get_AfterPut_HasEverything()
    {
        var revision = await PutAsync("a/b", "hello");

        var entry = await Backend.GetAsync("a/b", 100, Timeout);

        entry!.Key.Should().Be("a/b");
        entry.Revision.Should().Be(revision).And.BePositive();
        entry.Size.Should().Be(5);
        entry.Modified.Should().BeCloseTo(Now, TimeTolerance);
        entry.Expires.Should().BeNull();
        Encoding.UTF8.GetString(entry.Value!.Value.Span).Should().Be("hello");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(4096)]
    [InlineData(3_000_000)]
    public async Task Get_ValueOfAnySize_IsTheSameBytes(int size)
    {
        var value = new byte[size];
        new Random(size).NextBytes(value);

        await CommitAsync(KeyValueOperation.Put("key", value));

        var entry = await Backend.GetAsync("key", size, Timeout);
        entry!.Size.Should().Be(size);
        entry.Value!.Value.Span.SequenceEqual(value).Should().BeTrue();
    }

    [Theory]
    [InlineData(5, 4)]
    [InlineData(600, 599)]
    [InlineData(1, 0)]
    public async Task Get_LongerThanAskedFor_HasSizeButNoValue(int size, int maxValueLength)
    {
        await PutAsync("key", new string('x', size));

        var entry = await Backend.GetAsync("key", maxValueLength, Timeout);

        entry!.Size.Should().Be(size);
        entry.Value.Should().BeNull();
    }

    [Theory]
    [InlineData(3, 3000)]
    [InlineData(3000, 3)]
    [InlineData(3000, 4000)]
    public async Task Put_Again_ReplacesTheValueAndRaisesTheRevision(int first, int second)
    {
        var revision = await PutAsync("key", new string('a', first));

        var later = await PutAsync("key", new string('b', second));

        later.Should().BeGreaterThan(revision);
        (await GetTextAsync("key")).Should().Be(new string('b', second));
        (await ListKeysAsync()).Should().Equal("key");
    }

    [Fact]
    public async Task Put_SourceBufferReused_ValueIsACopy()
    {
        var buffer = Encoding.UTF8.GetBytes("before");
        await CommitAsync(KeyValueOperation.Put("key", buffer));

        buffer.AsSpan().Fill((byte)'x');

        (await GetTextAsync("key")).Should().Be("before");
    }

    [Fact]
    public async Task Get_ThenPut_EarlierEntryIsUnchanged()
    {
        await PutAsync("key", "before");
        var entry = await Backend.GetAsync("key", 100, Timeout);

        await PutAsync("key", "after!");

        Encoding.UTF8.GetString(entry!.Value!.Value.Span).Should().Be("before");
    }

    [Fact]
    public async Task Delete_Existing_RemovesAndRaisesTheRevision()
    {
        var revision = await PutAsync("key", new string('a', 2000));

        (await DeleteAsync("key")).Should().BeGreaterThan(revision);

        (await GetTextAsync("key")).Should().BeNull();
        (await ListKeysAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Delete_Missing_SucceedsAndKeepsTheRevision()
    {
        var revision = await PutAsync("other");

        (await DeleteAsync("key")).Should().Be(revision);
    }

    [Fact]
    public async Task Commit_Empty_TellsTheCurrentRevision()
    {
        var revision = await PutAsync("key");

        var result = await CommitAsync();

        result.Succeeded.Should().BeTrue();
        result.Revision.Should().Be(revision);
    }

    [Fact]
    public async Task Revision_AcrossKeys_OnlyGrows()
    {
        var revisions = new List<long>();
        for (var index = 0; index < 20; index++) revisions.Add(await PutAsync($"key{index % 3}"));

        revisions.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task PutIfAbsent_Present_FailsAndChangesNothing()
    {
        var revision = await PutAsync("key", "first");

        var result = await CommitAsync(KeyValueOperation.Put("key", "second"u8.ToArray(), KeyValueCondition.Absent));

        result.Succeeded.Should().BeFalse();
        result.FailedOperation.Should().Be(0);
        result.Revision.Should().Be(revision);
        (await GetTextAsync("key")).Should().Be("first");
    }

    [Fact]
    public async Task PutIfPresent_AbsentThenPresent_FailsThenSucceeds()
    {
        (await CommitAsync(KeyValueOperation.Put("key", default, KeyValueCondition.Present))).Succeeded.Should().BeFalse();
        await PutAsync("key");

        (await CommitAsync(KeyValueOperation.Put("key", default, KeyValueCondition.Present))).Succeeded.Should().BeTrue();
    }

    [Fact]
    public async Task PutAtRevision_Changed_Fails()
    {
        var seen = await PutAsync("key", "1");
        await PutAsync("key", "2");

        var result = await CommitAsync(KeyValueOperation.Put("key", "3"u8.ToArray(), KeyValueCondition.AtRevision(seen)));

        result.Succeeded.Should().BeFalse();
        (await GetTextAsync("key")).Should().Be("2");
    }

    [Fact]
    public async Task PutAtRevision_DeletedAndRecreatedEqual_Fails()
    {
        var seen = await PutAsync("key", "same");
        await DeleteAsync("key");
        await PutAsync("key", "same");

        (await CommitAsync(KeyValueOperation.Put("key", default, KeyValueCondition.AtRevision(seen)))).Succeeded.Should().BeFalse();
    }

    [Fact]
    public async Task DeleteAtRevision_Unchanged_Succeeds()
    {
        var seen = await PutAsync("key");

        (await CommitAsync(KeyValueOperation.Delete("key", KeyValueCondition.AtRevision(seen)))).Succeeded.Should().BeTrue();

        (await GetTextAsync("key")).Should().BeNull();
    }

    [Fact]
    public async Task Batch_AllConditionsHold_AppliesAllWithOneRevision()
    {
        await PutAsync("gone");

        var result = await CommitAsync(
            KeyValueOperation.Put("a", "1"u8.ToArray(), KeyValueCondition.Absent),
            KeyValueOperation.Put("b", "2"u8.ToArray()),
            KeyValueOperation.Delete("gone", KeyValueCondition.Present));

        result.Succeeded.Should().BeTrue();
        (await ListKeysAsync()).Should().Equal("a", "b");
        (await Backend.GetAsync("a", 9, Timeout))!.Revision.Should().Be(result.Revision);
        (await Backend.GetAsync("b", 9, Timeout))!.Revision.Should().Be(result.Revision);
    }

    [Fact]
    public async Task Batch_LastConditionFails_AppliesNothingAndNamesTheOperation()
    {
        await PutAsync("b", "old");

        var result = await CommitAsync(
            KeyValueOperation.Put("a", "1"u8.ToArray()),
            KeyValueOperation.Put("b", new byte[2000]),
            KeyValueOperation.Check("c", KeyValueCondition.Present));

        result.FailedOperation.Should().Be(2);
        (await ListKeysAsync()).Should().Equal("b");
        (await GetTextAsync("b")).Should().Be("old");
    }

    [Fact]
    public async Task Batch_CheckOfAKeyItWrites_SeesTheStateBefore()
    {
        var result = await CommitAsync(KeyValueOperation.Put("a", default), KeyValueOperation.Check("a", KeyValueCondition.Absent));

        result.Succeeded.Should().BeTrue();
    }

    [Fact]
    public async Task Check_Only_KeepsTheRevision()
    {
        var revision = await PutAsync("key");

        var result = await CommitAsync(KeyValueOperation.Check("key", KeyValueCondition.AtRevision(revision)));

        result.Should().Be(KeyValueCommitResult.Committed(revision));
    }

    [Fact]
    public async Task CheckPrefix_ManyAndNested_NamesTheFirstThatChanged()
    {
        var revision = await PutAsync("other");
        await PutAsync("a/b/c");
        await PutAsync("d500/e");
        var prefixes = Enumerable.Range(0, 1000).Select(index => KeyValueOperation.CheckPrefix($"d{index}/", revision)).ToArray();

        (await CommitAsync(prefixes)).FailedOperation.Should().Be(500);
        (await CommitAsync([.. prefixes[..500], KeyValueOperation.CheckPrefix("a/b/", revision), .. prefixes[500..],
            KeyValueOperation.CheckPrefix("a/", revision)])).FailedOperation.Should().Be(500);
        (await CommitAsync([.. prefixes[..500], KeyValueOperation.CheckPrefix("a/b/", revision + 1), .. prefixes[501..],
            KeyValueOperation.CheckPrefix("z", revision)])).Succeeded.Should().BeTrue();
        (await CommitAsync(KeyValueOperation.CheckPrefix("a/c", revision), KeyValueOperation.CheckPrefix(string.Empty, revision))).FailedOperation
            .Should().Be(1);
    }

    [Fact]
    public async Task Key_LongestOfEachWidth_IsKept()
    {
        string[] keys = [new('a', 1024), string.Concat(Enumerable.Repeat("é", 512)), string.Concat(Enumerable.Repeat("😀", 256))];
        foreach (var key in keys) await PutAsync(key, "value");

        foreach (var key in keys) (await GetTextAsync(key)).Should().Be("value");
        (await ListKeysAsync()).Should().BeEquivalentTo(keys);
    }

    [Fact]
    public async Task Get_InvalidKey_Throws()
    {
        foreach (var key in new[] { string.Empty, new('a', 1025), "\ud800" })
            await FluentActions.Awaiting(async () => await Backend.GetAsync(key, 1, Timeout)).Should().ThrowAsync<ArgumentException>();
    }

    [Fact]
    public async Task Commit_AlreadyCancelled_ChangesNothing()
    {
        var commit = async () => await Backend.CommitAsync(new(KeyValueOperation.Put("key", default)), new CancellationToken(canceled: true));

        await commit.Should().ThrowAsync<OperationCanceledException>();
        (await GetTextAsync("key")).Should().BeNull();
    }
}
