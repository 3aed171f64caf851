using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Locks;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Redis.Tests;

/// <summary>A server whose memory is full refuses what adds to it, and does what frees some, whatever shares a call with it.</summary>
#pragma warning disable CA1001 // xUnit calls DisposeAsync.
public sealed class RedisFullTests : IAsyncLifetime
{
    private const int NoSpace = 51;

    private RedisServer _server = null!;
    private ConnectionMultiplexer _raw = null!;
    private RedisKeyValueBackend _backend = null!;

    public async Task InitializeAsync()
    {
        _server = await RedisServer.StartAsync();
        _raw = await ConnectionMultiplexer.ConnectAsync(_server.Configuration + ",allowAdmin=true");
        _backend = new RedisKeyValueBackend(new() { Configuration = _server.Configuration });
    }

    public async Task DisposeAsync()
    {
        await _backend.DisposeAsync();
        await _raw.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Put_New_IsRefusedAsFullAndChangesNothingAndLaterWorks()
    {
        var first = await PutAsync("key", "old");
        await SetFullAsync(true);

        await ExpectFullAsync(() => PutAsync("new", "value"));
        await ExpectFullAsync(() => PutAsync("key", "longer"));
        await SetFullAsync(false);

        (await GetAsync("new")).Should().BeNull();
        (await GetAsync("key")).Should().Be("old");
        (await PutAsync("new", "value")).Should().Be(first + 1, "what was refused has no revision");
    }

    [Fact]
    public async Task WhatFreesRoom_Always_IsDone()
    {
        foreach (var key in (string[])["deleted", "overwritten", "same", "moved", "first", "second"]) await PutAsync(key, "value");
        await SetFullAsync(true);

        await CommitAsync(KeyValueOperation.Delete("deleted"));
        await PutAsync("overwritten", "v");
        await PutAsync("same", "other");
        await CommitAsync(KeyValueOperation.Delete("moved"), NewPut("there!", "value"[..4]));
        await CommitAsync(KeyValueOperation.Delete("first"), KeyValueOperation.Delete("second"), NewPut("third", "value"));
        await CommitAsync(KeyValueOperation.Check("same", KeyValueCondition.Present));

        (await GetAsync("deleted")).Should().BeNull();
        (await GetAsync("overwritten")).Should().Be("v");
        (await GetAsync("same")).Should().Be("other");
        (await GetAsync("there!")).Should().Be("valu");
        (await GetAsync("third")).Should().Be("value");
    }

    [Fact]
    public async Task ManySmall_ForOneThatIsAsLong_IsRefused()
    {
        await PutAsync("large", new string('x', 1000));
        await SetFullAsync(true);

        await ExpectFullAsync(() => CommitAsync([KeyValueOperation.Delete("large"), .. Enumerable.Range(0, 100).Select(index => NewPut($"{index}", "x"))]));

        (await GetAsync("large")).Should().HaveLength(1000);
    }

    [Fact]
    public async Task OneCall_OfPutsAndDeletes_JudgesEachByItself()
    {
        const int Count = 40;
        for (var index = 0; index < Count; index++) await PutAsync($"old{index}", "value");
        await SetFullAsync(true);

        // All that come while the first is on its way go with the second call.
        var puts = new List<Task>();
        var deletes = new List<Task>();
        for (var index = 0; index < Count; index++)
        {
            puts.Add(PutAsync($"new{index}", "value"));
            deletes.Add(CommitAsync(KeyValueOperation.Delete($"old{index}", KeyValueCondition.Present)));
        }

        await Task.WhenAll(deletes);
        foreach (var put in puts) await ExpectFullAsync(() => put);
        (await CountAsync()).Should().Be(0);
    }

    [Fact]
    public async Task OneCall_WithAnEntryThatIsDamaged_FailsForThatOneAlone()
    {
        var first = await PutAsync("key", "value");
        await _raw.GetDatabase().ListLeftPushAsync("{wc:default}:e:damaged", "x");

        var damaged = new List<Task>();
        var others = new List<Task>();
        for (var index = 0; index < 20; index++)
        {
            damaged.Add(PutAsync("damaged", "value"));
            others.Add(PutAsync($"key{index}", "value"));
        }

        await Task.WhenAll(others);
        foreach (var put in damaged) await FluentActions.Awaiting(() => put).Should().ThrowAsync<RedisKeyValueException>().WithMessage("*WRONGTYPE*");
        (await PutAsync("last", "value")).Should().Be(first + 21, "what failed has no revision, so that watches go on");
    }

    [Fact]
    public async Task Expiry_Always_FreesRoom()
    {
        var put = await PutAsync("before", "value");
        await CommitAsync(KeyValueOperation.Put("key", "value"u8.ToArray(), expires: TimeProvider.System.GetUtcNow().AddMilliseconds(50)));
        var watch = _backend.WatchAsync(string.Empty, put + 1, default).GetAsyncEnumerator();
        await SetFullAsync(true);

        (await watch.MoveNextAsync()).Should().BeTrue("the sweep deletes it");

        watch.Current.Kind.Should().Be(KeyValueChangeKind.Delete);
        await watch.DisposeAsync();
    }

    [Fact]
    public async Task Lock_HeldWhileFull_IsRenewedAndReleased_AndANewOneIsRefusedAtOnce()
    {
        var locks = new LeaseLocks(_backend, TimeSpan.FromSeconds(1));
        var held = await locks.AcquireAsync("held", default);
        await SetFullAsync(true);

        // Longer than a lease: a renewal is an overwrite that is no longer.
        var watch = _backend.WatchAsync(".lock/held", held.FencingToken >> 20, default).GetAsyncEnumerator();
        for (var renewals = 0; renewals < 4; renewals++) (await watch.MoveNextAsync()).Should().BeTrue();
        await watch.DisposeAsync();
        held.Lost.IsCancellationRequested.Should().BeFalse();

        await ExpectFullAsync(async () => await locks.AcquireAsync("new", default));
        await held.DisposeAsync();
        (await GetAsync(".lock/held")).Should().BeNull();
    }

    [Fact]
    public async Task Guest_OnAFullServer_GetsNoSpace()
    {
        await using var host = new TestHost(build: builder => builder.AddKeyValue(kv => kv.Scope("local").UseBackend(_ => _backend)));
        var module = await AppendingGuest.LoadAsync(host);
        (await AppendingGuest.RunAsync(host, module)).Should().Be(0);
        await SetFullAsync(true);

        (await AppendingGuest.RunAsync(host, module)).Should().Be(NoSpace);

        host.Logs.Entries.Should().ContainSingle().Which.Exception!.Message.Should().Contain("OOM");
        await SetFullAsync(false);
        (await AppendingGuest.RunAsync(host, module)).Should().Be(0);
    }

    private static KeyValueOperation NewPut(string key, string value) => KeyValueOperation.Put(key, Encoding.UTF8.GetBytes(value));

    private static async Task ExpectFullAsync(Func<Task> commit) =>
        (await commit.Should().ThrowAsync<RedisKeyValueException>().WithMessage("*OOM*")).Which.IsFull.Should().BeTrue();

    private Task SetFullAsync(bool isFull) => _raw.GetServers()[0].ConfigSetAsync("maxmemory", isFull ? "1" : "0");

    private Task<long> PutAsync(string key, string value) => CommitAsync(NewPut(key, value));

    private async Task<long> CommitAsync(params KeyValueOperation[] operations)
    {
        var result = await _backend.CommitAsync(new(operations), default);
        result.Succeeded.Should().BeTrue();
        return result.Revision;
    }

    private async Task<string?> GetAsync(string key) =>
        await _backend.GetAsync(key, int.MaxValue, default) is { Value: { } value } ? Encoding.UTF8.GetString(value.Span) : null;

    private async Task<int> CountAsync()
    {
        var count = 0;
        await foreach (var entry in _backend.ListAsync(string.Empty, null, default)) count++;
        return count;
    }
}
