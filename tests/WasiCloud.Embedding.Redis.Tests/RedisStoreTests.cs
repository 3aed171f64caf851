using System.Text;
using FluentAssertions;
using StackExchange.Redis;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Redis.KeyValue;
using WasiCloud.Embedding.Redis.Server;
using WasiCloud.Embedding.Testing.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Redis.Tests;

/// <summary>What is particular to Redis while it works.</summary>
public sealed class RedisStoreTests : RedisScopeTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData("a}:e:b{c}")]
    [InlineData("line\nline\r\n\t\u0001")]
    [InlineData("grüße/日本/😀")]
    [InlineData(" \"'\\ ")]
    public async Task Key_OfAnyCharacters_IsKept(string key)
    {
        await using var backend = new RedisKeyValueBackend(Options);
        await PutAsync(backend, key, Encoding.UTF8.GetBytes(key));

        Encoding.UTF8.GetString((await backend.GetAsync(key, 99, default))!.Value!.Value.Span).Should().Be(key);
        (await ListAsync(backend, key)).Select(static entry => entry.Key).Should().Equal(key);
        await using var changes = backend.WatchAsync(key, 0, default).GetAsyncEnumerator();
        (await changes.MoveNextAsync()).Should().BeTrue();
        changes.Current.Key.Should().Be(key);
    }

    [Fact]
    public async Task Value_OfEveryByte_IsKept()
    {
        var value = Enumerable.Range(0, 1024).Select(index => (byte)index).ToArray();
        await using var backend = new RedisKeyValueBackend(Options);
        await PutAsync(backend, "key", value);

        (await backend.GetAsync("key", 2000, default))!.Value!.Value.ToArray().Should().Equal(value);
    }

    [Fact]
    public async Task Scripts_Flushed_AreLoadedAgain()
    {
        await using var backend = new RedisKeyValueBackend(Options);
        await PutAsync(backend, "key", [1]);
        await Raw.GetServers()[0].ScriptFlushAsync();

        var last = await PutAsync(backend, "key", [2]);
        await Raw.GetServers()[0].ScriptFlushAsync();
        (await ListAsync(backend, string.Empty)).Select(static entry => entry.Revision).Should().Equal(last.Revision);
    }

    [Fact]
    public async Task Keys_OfAScope_ShareOneHashTag()
    {
        await using var backend = new RedisKeyValueBackend(Options);
        await backend.CommitAsync(new(KeyValueOperation.Put("a", default, expires: DateTimeOffset.MaxValue),
            KeyValueOperation.Put("b", default))
        { IdempotencyToken = "token" }, default);

        var found = new List<string>();
        await foreach (var key in Raw.GetServers()[0].KeysAsync(pattern: $"*{Options.Scope}*")) found.Add(key!);

        found.Should().HaveCount(9).And.OnlyContain(key => key.StartsWith($"{{wc:{Options.Scope}}}:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Delete_AllEntries_LeavesNothingOfThemBehind()
    {
        await using var backend = new RedisKeyValueBackend(Options);
        await backend.CommitAsync(new(KeyValueOperation.Put("a", default, expires: DateTimeOffset.MaxValue), KeyValueOperation.Put("b", default)), default);
        await backend.CommitAsync(new(KeyValueOperation.Delete("a"), KeyValueOperation.Delete("b")), default);

        var found = new List<string>();
        await foreach (var key in Raw.GetServers()[0].KeysAsync(pattern: $"*{Options.Scope}*")) found.Add(key!);
        found.Select(key => key[(key.LastIndexOf('}') + 2)..][..2]).Distinct(StringComparer.Ordinal).Should().BeEquivalentTo("st", "hi", "w:");
    }

    [Fact]
    public async Task Expired_ManyAtOnce_AreAllDeletedBeforeTheNextCommit()
    {
        await using var backend = new RedisKeyValueBackend(Options, new ManualTimeProvider());
        var soon = new ManualTimeProvider().GetUtcNow();
        var first = await backend.CommitAsync(
            new([.. Enumerable.Range(0, 1200).Select(index => KeyValueOperation.Put($"{index}", default, expires: soon))]), default);
        await WaitForServerClockAsync();

        var result = await PutAsync(backend, "key", []);

        result.Revision.Should().Be(first.Revision + 4);
        (await Raw.GetDatabase().SortedSetLengthAsync($"{{wc:{Options.Scope}}}:index")).Should().Be(1);
    }

    [Fact]
    public async Task Expired_OtherHostEnded_IsSweptByAnother()
    {
        KeyValueCommitResult put;
        await using (var ended = new RedisKeyValueBackend(Options, new ManualTimeProvider()))
            put = await ended.CommitAsync(new(KeyValueOperation.Put("key", default, expires: DateTimeOffset.MinValue)), default);
        Options.SweepInterval = TimeSpan.FromMilliseconds(20);
        await using var backend = new RedisKeyValueBackend(Options);

        await using var changes = backend.WatchAsync(string.Empty, put.Revision, default).GetAsyncEnumerator();
        (await changes.MoveNextAsync()).Should().BeTrue();

        changes.Current.Should().Be(new KeyValueChange("key", KeyValueChangeKind.Delete, put.Revision + 1));
    }

    [Fact]
    public async Task Commit_ValueTooLarge_NamesTheKeyWithoutItsControlCharacters()
    {
        await using var backend = new RedisKeyValueBackend(Options);
        var value = GC.AllocateUninitializedArray<byte>(EntryFormat.MaxValueBytes + 1);

        (await FluentActions.Awaiting(() => PutAsync(backend, "key\nforged \u202e\u001b[2J", value)).Should().ThrowAsync<ArgumentException>())
            .Which.Message.Should().Contain(@"key\u{a}forged \u{202e}\u{1b}[2J").And.NotContain("\n");
    }

    [Fact]
    public void Failure_WhoseCauseNamesAKey_IsOneLineAndHasNoSuchCause()
    {
        var harmful = new RedisKeyValueException("get", "server", "next: GET a\nforged", new TimeoutException("next: GET a\nforged"));
        var nested = new RedisKeyValueException("get", "server", "text", new IOException("plain", new IOException("\u202e")));
        var plain = new RedisKeyValueException("get", "server", "text", new IOException("plain"));

        harmful.Message.Should().Be(@"Redis at server, get: next: GET a\u{a}forged");
        harmful.InnerException.Should().BeNull();
        nested.InnerException.Should().BeNull();
        plain.InnerException!.Message.Should().Be("plain");
    }

    [Fact]
    public async Task Commits_AtOnce_EachHaveTheirOwnResult()
    {
        await using var backend = new RedisKeyValueBackend(Options);
        var origin = await OriginAsync(backend);
        var commits = Enumerable.Range(0, 2000).Select(index => index % 2 == 0
            ? PutAsync(backend, $"{index}", [])
            : backend.CommitAsync(new(KeyValueOperation.Check("missing", KeyValueCondition.Present)), default).AsTask());

        var results = await Task.WhenAll(commits);

        results.Where((_, index) => index % 2 == 0).Select(result => result.Revision - origin).Should().BeEquivalentTo(Enumerable.Range(1, 1000));
        results.Where((_, index) => index % 2 == 1).Should().OnlyContain(result => result.FailedOperation == 0);
    }

    [Fact]
    public async Task Commit_OneOfManyMeetsAnError_TheOthersAreCommitted()
    {
        await using var backend = new RedisKeyValueBackend(Options);
        var origin = await OriginAsync(backend);
        await Raw.GetDatabase().HashSetAsync($"{{wc:{Options.Scope}}}:e:7", "theirs", "value");

        var commits = Enumerable.Range(0, 7).Select(index => PutAsync(backend, $"{index}", [])).ToList();
        var wrong = PutAsync(backend, "7", []);

        await FluentActions.Awaiting(() => wrong).Should().ThrowAsync<RedisKeyValueException>().WithMessage($"*{Options.Configuration}*commit*WRONGTYPE*");
        (await Task.WhenAll(commits)).Should().OnlyContain(result => result.Succeeded);
        (await PutAsync(backend, "8", [])).Revision.Should().Be(origin + 8);
    }

    [Fact]
    public async Task Watch_TrimmedMeanwhile_SaysSo()
    {
        Options.HistoryLength = 10;
        await using var backend = new RedisKeyValueBackend(Options);
        await PutAsync(backend, "key", []);
        await using var changes = backend.WatchAsync(string.Empty, 0, default).GetAsyncEnumerator();
        await changes.MoveNextAsync();
        for (var index = 0; index < 400; index++) await PutAsync(backend, "key", []);

        await FluentActions.Awaiting(async () =>
        {
            while (await changes.MoveNextAsync())
            {
            }
        }).Should().ThrowAsync<KeyValueHistoryLostException>();
    }

    [Fact]
    public async Task Watch_LargeBatches_TellsEveryChangeOnce()
    {
        await using var backend = new RedisKeyValueBackend(Options);
        var origin = await OriginAsync(backend);
        for (var batch = 0; batch < 3; batch++)
            await backend.CommitAsync(new([.. Enumerable.Range(0, 700).Select(index => KeyValueOperation.Put($"{batch}/{index}", default))]), default);

        var keys = new List<string>();
        await foreach (var change in backend.WatchAsync(string.Empty, origin + 1, default))
        {
            keys.Add(change.Key);
            if (keys.Count == 1400) break;
        }

        keys.Should().Equal(Enumerable.Range(1, 2).SelectMany(batch => Enumerable.Range(0, 700).Select(index => $"{batch}/{index}")));
    }

    [Fact]
    public async Task Watch_ServerWentBack_SaysSo()
    {
        await using var backend = new RedisKeyValueBackend(Options);
        var put = await PutAsync(backend, "key", []);

        await using var changes = backend.WatchAsync(string.Empty, put.Revision + 4, default).GetAsyncEnumerator();

        await FluentActions.Awaiting(async () => await changes.MoveNextAsync()).Should().ThrowAsync<KeyValueHistoryLostException>();
    }

    [Fact]
    public async Task Connect_NewerLayout_IsRefused()
    {
        await Raw.GetDatabase().HashSetAsync($"{{wc:{Options.Scope}}}:state", "layout", "2");
        await using var backend = new RedisKeyValueBackend(Options);

        await FluentActions.Awaiting(async () => await backend.GetAsync("key", 0, default))
            .Should().ThrowAsync<RedisKeyValueException>().WithMessage("*layout version 2*update*");
    }

    [Fact]
    public async Task Commit_LayoutBecameNewer_IsRefusedAndChangesNothing()
    {
        await using var backend = new RedisKeyValueBackend(Options);
        var put = await PutAsync(backend, "key", []);
        await Raw.GetDatabase().HashSetAsync($"{{wc:{Options.Scope}}}:state", "layout", "2");

        await FluentActions.Awaiting(() => PutAsync(backend, "key", [1]))
            .Should().ThrowAsync<RedisKeyValueException>().WithMessage("*layout version 2*update*");
        (await backend.GetAsync("key", 0, default))!.Revision.Should().Be(put.Revision);
    }

    [Fact]
    public async Task Connect_OtherApplicationsKey_IsRefused()
    {
        await Raw.GetDatabase().StringSetAsync($"{{wc:{Options.Scope}}}:index", "theirs");
        await using var backend = new RedisKeyValueBackend(Options);

        await FluentActions.Awaiting(() => PutAsync(backend, "key", []))
            .Should().ThrowAsync<RedisKeyValueException>().WithMessage("*index' has the wrong type: it is a string*");
    }

    [Theory]
    [InlineData("redis_version:6.0.16\r\n", "*6.0.16*6.2*")]
    [InlineData("redis_version:5.0\n", "*5.0*6.2*")]
    public void Server_TooOld_IsRefused(string info, string message) => ServerCheck.FindVersionProblem("# Server\r\n" + info).Should().Match(message);

    [Theory]
    [InlineData("redis_version:6.2.0\r\n")]
    [InlineData("redis_version:7.2.4\r\nserver_name:valkey\r\n")]
    [InlineData("")]
    public void Server_NewEnoughOrUnknown_IsUsed(string info) => ServerCheck.FindVersionProblem(info).Should().BeNull();

    [Fact]
    public async Task Dispose_ThenUse_Throws()
    {
        var backend = new RedisKeyValueBackend(Options);
        var put = await PutAsync(backend, "key", []);
        await using var changes = backend.WatchAsync(string.Empty, put.Revision, default).GetAsyncEnumerator();
        var next = changes.MoveNextAsync();

        await backend.DisposeAsync();

        await FluentActions.Awaiting(async () => await backend.GetAsync("key", 1, default)).Should().ThrowAsync<ObjectDisposedException>();
        await FluentActions.Awaiting(() => PutAsync(backend, "key", [])).Should().ThrowAsync<ObjectDisposedException>();
        await FluentActions.Awaiting(async () => await next).Should().ThrowAsync<ObjectDisposedException>();
    }

    private static async Task<List<KeyValueEntry>> ListAsync(RedisKeyValueBackend backend, string prefix)
    {
        var entries = new List<KeyValueEntry>();
        await foreach (var entry in backend.ListAsync(prefix, null, default)) entries.Add(entry);
        return entries;
    }

    // Until the shortest life, a millisecond, has passed for the server.
    private async Task WaitForServerClockAsync()
    {
        var server = Raw.GetServers()[0];
        for (var start = await server.TimeAsync(); await server.TimeAsync() - start < TimeSpan.FromMilliseconds(3); await Task.Yield())
        {
        }
    }
}
