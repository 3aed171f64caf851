using FluentAssertions;
using StackExchange.Redis;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Redis.Tests;

/// <summary>Tokens of commits in Redis.</summary>
public sealed class RedisCommitTokenTests : RedisScopeTests
{
    [Fact]
    public async Task Commit_SameToken_IsAppliedOnce()
    {
        await using var first = new RedisKeyValueBackend(Options);
        await using var second = new RedisKeyValueBackend(Options);
        var batch = new KeyValueBatch(KeyValueOperation.Put("key", new byte[1], KeyValueCondition.Absent)) { IdempotencyToken = "{token}\n" };
        var result = await first.CommitAsync(batch, default);
        await PutAsync(first, "other", []);

        (await second.CommitAsync(batch, default)).Should().Be(result);

        result.Succeeded.Should().BeTrue();
        var life = await Raw.GetDatabase().KeyTimeToLiveAsync($"{{wc:{Options.Scope}}}:t:{{token}}\n");
        life.Should().BeGreaterThan(TimeSpan.FromMinutes(10)).And.BeLessThan(TimeSpan.FromMinutes(16));
    }

    [Fact]
    public async Task Commits_FiveThousandWithoutTokens_LeaveOneKeyOfTheirOwn()
    {
        await using var backend = new RedisKeyValueBackend(Options);
        for (var round = 0; round < 10; round++) await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => PutAsync(backend, "key", [])));

        var found = new List<string>();
        await foreach (var key in Raw.GetServers()[0].KeysAsync(pattern: $"*{Options.Scope}*", pageSize: 1000)) found.Add(key!);
        found.Select(key => key[(key.LastIndexOf('}') + 2)..][..2]).Should().BeEquivalentTo("st", "in", "hi", "e:", "w:");
    }

    [Fact]
    public async Task Token_BeyondTheLimit_IsRefusedAndNothingIsApplied()
    {
        Options.MaxTokens = 3;
        await using var backend = new RedisKeyValueBackend(Options);
        var origin = await OriginAsync(backend);
        for (var index = 0; index < 3; index++) await PutWithTokenAsync(backend, $"{index}");

        await FluentActions.Awaiting(() => PutWithTokenAsync(backend, "3")).Should().ThrowAsync<RedisKeyValueException>().WithMessage("*tokens*not applied*");
        (await backend.GetAsync("3", 0, default)).Should().BeNull();
        (await PutWithTokenAsync(backend, "2")).Revision.Should().Be(origin + 3, "a known one is answered");
        (await PutAsync(backend, "without", [])).Revision.Should().Be(origin + 4);

        // As if a quarter of an hour had passed.
        await Raw.GetDatabase().SortedSetAddAsync($"{{wc:{Options.Scope}}}:tokens", "0", 1);
        (await PutWithTokenAsync(backend, "3")).Revision.Should().Be(origin + 5);
    }

    [Fact]
    public async Task Token_LimitReachedByCommitsWithTokensAlone_EndsWithTheirTime()
    {
        Options.MaxTokens = 3;
        await using var backend = new RedisKeyValueBackend(Options);
        var origin = await OriginAsync(backend);
        for (var index = 0; index < 3; index++) await PutWithTokenAsync(backend, $"{index}");
        await FluentActions.Awaiting(() => PutWithTokenAsync(backend, "3")).Should().ThrowAsync<RedisKeyValueException>();

        // As if a quarter of an hour had passed.
        for (var index = 0; index < 3; index++) await Raw.GetDatabase().SortedSetAddAsync($"{{wc:{Options.Scope}}}:tokens", $"{index}", 1);

        (await PutWithTokenAsync(backend, "3")).Revision.Should().Be(origin + 4);
    }

    private static async Task<KeyValueCommitResult> PutWithTokenAsync(RedisKeyValueBackend backend, string key) =>
        await backend.CommitAsync(new(KeyValueOperation.Put(key, default)) { IdempotencyToken = key }, default);
}
