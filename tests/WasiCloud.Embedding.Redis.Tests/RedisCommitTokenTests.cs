using FluentAssertions;
using StackExchange.Redis;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Redis.Tests;

/// <summary>Tokens of commits in Redis.</summary>
public sealed class RedisCommitTokenTests : IAsyncLifetime
{
    private RedisKeyValueOptions _options = null!;
    private ConnectionMultiplexer _raw = null!;

    public async Task InitializeAsync()
    {
        _options = await SharedServer.CreateScopeAsync();
        _raw = await ConnectionMultiplexer.ConnectAsync(_options.Configuration + ",allowAdmin=true");
    }

    public async Task DisposeAsync() => await _raw.DisposeAsync();

    [Fact]
    public async Task Commit_SameToken_IsAppliedOnce()
    {
        await using var first = new RedisKeyValueBackend(_options);
        await using var second = new RedisKeyValueBackend(_options);
        var batch = new KeyValueBatch(KeyValueOperation.Put("key", new byte[1], KeyValueCondition.Absent)) { IdempotencyToken = "{token}\n" };
        var result = await first.CommitAsync(batch, default);
        await PutAsync(first, "other", []);

        (await second.CommitAsync(batch, default)).Should().Be(result);

        result.Succeeded.Should().BeTrue();
        var life = await _raw.GetDatabase().KeyTimeToLiveAsync($"{{wc:{_options.Scope}}}:t:{{token}}\n");
        life.Should().BeGreaterThan(TimeSpan.FromMinutes(10)).And.BeLessThan(TimeSpan.FromMinutes(16));
    }

    [Fact]
    public async Task Commits_FiveThousandWithoutTokens_LeaveOneKeyOfTheirOwn()
    {
        await using var backend = new RedisKeyValueBackend(_options);
        for (var round = 0; round < 10; round++) await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => PutAsync(backend, "key", [])));

        var found = new List<string>();
        await foreach (var key in _raw.GetServers()[0].KeysAsync(pattern: $"*{_options.Scope}*", pageSize: 1000)) found.Add(key!);
        found.Select(key => key[(key.LastIndexOf('}') + 2)..][..2]).Should().BeEquivalentTo("st", "in", "hi", "e:", "w:");
    }

    [Fact]
    public async Task Token_BeyondTheLimit_IsRefusedAndNothingIsApplied()
    {
        _options.MaxTokens = 3;
        await using var backend = new RedisKeyValueBackend(_options);
        for (var index = 0; index < 3; index++) await PutWithTokenAsync(backend, $"{index}");

        await FluentActions.Awaiting(() => PutWithTokenAsync(backend, "3")).Should().ThrowAsync<RedisKeyValueException>().WithMessage("*tokens*not applied*");
        (await backend.GetAsync("3", 0, default)).Should().BeNull();
        (await PutWithTokenAsync(backend, "2")).Revision.Should().Be(3, "a known one is answered");
        (await PutAsync(backend, "without", [])).Revision.Should().Be(4);

        // As if a quarter of an hour had passed.
        await _raw.GetDatabase().SortedSetAddAsync($"{{wc:{_options.Scope}}}:tokens", "0", 1);
        (await PutWithTokenAsync(backend, "3")).Revision.Should().Be(5);
    }

    [Fact]
    public async Task Token_LimitReachedByCommitsWithTokensAlone_EndsWithTheirTime()
    {
        _options.MaxTokens = 3;
        await using var backend = new RedisKeyValueBackend(_options);
        for (var index = 0; index < 3; index++) await PutWithTokenAsync(backend, $"{index}");
        await FluentActions.Awaiting(() => PutWithTokenAsync(backend, "3")).Should().ThrowAsync<RedisKeyValueException>();

        // As if a quarter of an hour had passed.
        for (var index = 0; index < 3; index++) await _raw.GetDatabase().SortedSetAddAsync($"{{wc:{_options.Scope}}}:tokens", $"{index}", 1);

        (await PutWithTokenAsync(backend, "3")).Revision.Should().Be(4);
    }

    private static async Task<KeyValueCommitResult> PutAsync(RedisKeyValueBackend backend, string key, byte[] value) =>
        await backend.CommitAsync(new(KeyValueOperation.Put(key, value)), default);

    private static async Task<KeyValueCommitResult> PutWithTokenAsync(RedisKeyValueBackend backend, string key) =>
        await backend.CommitAsync(new(KeyValueOperation.Put(key, default)) { IdempotencyToken = key }, default);
}
