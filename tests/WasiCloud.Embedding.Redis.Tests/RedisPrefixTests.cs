using FluentAssertions;
using StackExchange.Redis;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Redis.Tests;

/// <summary>Prefix checks of commits in Redis.</summary>
public sealed class RedisPrefixTests : RedisScopeTests
{
    [Fact]
    public async Task CheckPrefix_ManyPrefixesAndChanges_OccupiesTheServerForMillisecondsOnly()
    {
        await using var backend = new RedisKeyValueBackend(Options);
        var first = (await PutAsync(backend, "x", [])).Revision;
        var checks = Enumerable.Range(0, 1500).Select(index => KeyValueOperation.CheckPrefix($"d{index}/", first)).ToArray();
        await backend.CommitAsync(new(KeyValueOperation.CheckPrefix("d/", first)), default);
        for (var round = 0; round < 6; round++) await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => PutAsync(backend, "x", [])));

        var few = await backend.CommitAsync(new(checks), default);
        for (var round = 0; round < 16; round++) await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => PutAsync(backend, "x", [])));
        var many = await backend.CommitAsync(new(checks), default);

        few.Succeeded.Should().BeTrue();
        many.FailedOperation.Should().Be(0, "so many changes are not looked at");

        // What one of this input took was 31 s; the slow log has what takes 10 milliseconds or more, in microseconds.
        var slow = (RedisResult[])(await Raw.GetDatabase().ExecuteAsync("SLOWLOG", "GET", "1000"))!;
        slow.Where(entry => ((string[])entry[3]!).Any(text => text.Contains(Options.Scope, StringComparison.Ordinal)))
            .Select(entry => (long)entry[2]).Should().NotContain(time => time >= 200_000);
    }

    [Fact]
    public async Task CheckPrefix_OfEveryLength_IsGivenUpAfterABudget()
    {
        await using var backend = new RedisKeyValueBackend(Options);
        var key = new string('k', 1024);
        var first = (await PutAsync(backend, key, [])).Revision;
        for (var round = 0; round < 8; round++) await PutAsync(backend, key, []);
        var checks = Enumerable.Range(1, 1000).Select(length => KeyValueOperation.CheckPrefix(new string('k', length) + "/", first)).ToArray();

        (await backend.CommitAsync(new(checks), default)).Succeeded.Should().BeTrue();
        for (var round = 0; round < 50; round++) await PutAsync(backend, key, []);
        (await backend.CommitAsync(new(checks), default)).FailedOperation.Should().Be(0);
    }

    [Fact]
    public async Task CheckPrefix_AheadOfTheStoreBehindOneThatChanged_NamesTheFirst()
    {
        await using var backend = new RedisKeyValueBackend(Options);
        var first = (await PutAsync(backend, "x", [])).Revision;
        foreach (var key in (string[])["a/key", "y"]) await PutAsync(backend, key, []);
        var (changed, unchanged) = (KeyValueOperation.CheckPrefix("a/", first), KeyValueOperation.CheckPrefix("b/", first));
        var ahead = KeyValueOperation.CheckPrefix("c/", first + 1000);

        (await backend.CommitAsync(new(changed, ahead), default)).FailedOperation.Should().Be(0);
        (await backend.CommitAsync(new(unchanged, changed, ahead, changed), default)).FailedOperation.Should().Be(1);
        (await backend.CommitAsync(new(unchanged, ahead, changed), default)).FailedOperation.Should().Be(1);
        (await backend.CommitAsync(new(ahead, changed), default)).FailedOperation.Should().Be(0);
        (await backend.CommitAsync(new(unchanged, ahead, KeyValueOperation.Check("x", KeyValueCondition.Absent)), default)).FailedOperation.Should().Be(1);
    }
}
