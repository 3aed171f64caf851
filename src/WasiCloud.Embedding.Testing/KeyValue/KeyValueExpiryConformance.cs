using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Testing.KeyValue;

/// <summary>Time to live.</summary>
public abstract class KeyValueExpiryConformance : KeyValueBackendConformance
{
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Entry_BeforeItsTime_ExistsAndTellsIt()
    {
        var expires = Now + Life;
        await PutAsync("key", "value", expires);

        (await Backend.GetAsync("key", 9, Timeout))!.Expires.Should().BeCloseTo(expires, TimeTolerance);
    }

    [Fact]
    public async Task Entry_AfterItsTime_IsNeitherGotNorListed()
    {
        await PutAsync("key", "value", Now + Life);
        await PutAsync("other");

        await AdvanceAsync(Life);

        (await GetTextAsync("key")).Should().BeNull();
        (await ListKeysAsync()).Should().Equal("other");
    }

    [Fact]
    public async Task Entry_PutAgainWithoutExpiry_Stays()
    {
        await PutAsync("key", "value", Now + Life);
        await PutAsync("key", "value");

        await AdvanceAsync(Life);

        (await GetTextAsync("key")).Should().Be("value");
    }

    [Fact]
    public async Task Entry_PutAgainWithLaterExpiry_LivesAsLong()
    {
        await PutAsync("key", "value", Now + Life);
        await PutAsync("key", "value", Now + (2 * Life));

        await AdvanceAsync(Life);
        (await GetTextAsync("key")).Should().Be("value");
        await AdvanceAsync(Life);
        (await GetTextAsync("key")).Should().BeNull();
    }

    [Fact]
    public async Task PutIfAbsent_Expired_Succeeds()
    {
        var revision = await PutAsync("key", "old", Now + Life);
        await AdvanceAsync(Life);

        var result = await CommitAsync(KeyValueOperation.Put("key", "new"u8.ToArray(), KeyValueCondition.Absent));

        result.Succeeded.Should().BeTrue();
        result.Revision.Should().BeGreaterThan(revision);
        (await GetTextAsync("key")).Should().Be("new");
    }

    [Fact]
    public async Task Conditions_Expired_DoNotHold()
    {
        var revision = await PutAsync("key", "old", Now + Life);
        await AdvanceAsync(Life);

        (await CommitAsync(KeyValueOperation.Check("key", KeyValueCondition.Present))).Succeeded.Should().BeFalse();
        (await CommitAsync(KeyValueOperation.Check("key", KeyValueCondition.AtRevision(revision)))).Succeeded.Should().BeFalse();
    }

    [Fact]
    public async Task CheckPrefix_EntryExpiredSince_Fails()
    {
        var revision = await PutAsync("a/key", "old", Now + Life);
        await AdvanceAsync(Life);

        (await CommitAsync(KeyValueOperation.CheckPrefix("a/", revision))).Succeeded.Should().BeFalse();
    }

    [Fact]
    public async Task Watch_NobodyCommits_TellsOfExpiry()
    {
        var revision = await PutAsync("key", "value", Now + Life);
        await using var changes = Backend.WatchAsync(string.Empty, revision, Timeout).GetAsyncEnumerator(Timeout);
        var next = changes.MoveNextAsync();

        await AdvanceAsync(Life);

        (await next).Should().BeTrue();
        changes.Current.Key.Should().Be("key");
        changes.Current.Kind.Should().Be(KeyValueChangeKind.Delete);
        changes.Current.Revision.Should().BeGreaterThan(revision);
    }

    [Fact]
    public async Task Watch_PutOverExpired_TellsDeleteThenPut()
    {
        var revision = await PutAsync("key", "value", Now + Life);
        await AdvanceAsync(Life);
        await PutAsync("key", "value");

        var kinds = new List<KeyValueChangeKind>();
        await foreach (var change in Backend.WatchAsync("key", revision, Timeout))
        {
            kinds.Add(change.Kind);
            if (kinds.Count == 2) break;
        }

        kinds.Should().Equal(KeyValueChangeKind.Delete, KeyValueChangeKind.Put);
    }
}
