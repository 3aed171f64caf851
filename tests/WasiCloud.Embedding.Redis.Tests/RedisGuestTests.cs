using System.Diagnostics;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Redis.Tests;

/// <summary>What a guest sees of a server that stands still.</summary>
public sealed class RedisGuestTests
{
    private const int QuotaExceeded = 19;
    private const int InputOutput = 29;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BoundWithMargin = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Close_ServerStandsStillForLong_IsAnErrorInTimeAndAppliedOnceAtMost()
    {
        await using var server = await RedisServer.StartAsync();
        var backend = new RedisKeyValueBackend(new() { Configuration = server.Configuration, OperationTimeout = Bound });
        await using var host = NewHost(backend);
        var module = await AppendingGuest.LoadAsync(host);
        (await AppendingGuest.RunAsync(host, module)).Should().Be(0);
        var guest = await AppendingGuest.StartAsync(host, module);

        await server.PauseAsync();
        var time = Stopwatch.StartNew();
        (await guest.CloseAsync()).Should().Be(InputOutput);
        time.Elapsed.Should().BeLessThan(BoundWithMargin);
        host.Logs.Entries.Should().ContainSingle();
        await server.ContinueAsync();

        (await AppendingGuest.RunAsync(host, module)).Should().Be(0);
        (await AppendingGuest.CountAsync(backend)).Should().BeInRange(2, 3, "it is not known whether the second of three happened, but not twice");
    }

    [Fact]
    public async Task Close_ServerStandsStillForAWhile_WaitsAndIsAppliedOnce()
    {
        await using var server = await RedisServer.StartAsync();
        var backend = new RedisKeyValueBackend(new() { Configuration = server.Configuration, OperationTimeout = TimeSpan.FromSeconds(30) });
        await using var host = NewHost(backend);
        var module = await AppendingGuest.LoadAsync(host);
        (await AppendingGuest.RunAsync(host, module)).Should().Be(0);
        var guest = await AppendingGuest.StartAsync(host, module);

        await server.PauseAsync();
        var close = guest.CloseAsync();
        close.IsCompleted.Should().BeFalse();
        await server.ContinueAsync();

        (await close).Should().Be(0);
        (await AppendingGuest.CountAsync(backend)).Should().Be(2);
        host.Logs.Entries.Should().BeEmpty();
    }

    [Fact]
    public async Task Close_BeyondTheQuota_IsDQuotOnEveryHost()
    {
        const int Fitting = 20;
        var backend = new RedisKeyValueBackend(new()
        {
            Configuration = (await SharedServer.GetAsync()).Configuration,
            KeyPrefix = Guid.NewGuid().ToString("N"),
        });
        await using var host = NewHost(backend, AppendingGuest.Key.Length + (Fitting * AppendingGuest.Text.Length));
        var module = await AppendingGuest.LoadAsync(host);
        for (var count = 0; count < Fitting; count++) (await AppendingGuest.RunAsync(host, module)).Should().Be(0);

        (await AppendingGuest.RunAsync(host, module)).Should().Be(QuotaExceeded);
        await using var other = NewHost(backend, AppendingGuest.Key.Length + (Fitting * AppendingGuest.Text.Length));
        (await AppendingGuest.RunAsync(other, await AppendingGuest.LoadAsync(other))).Should().Be(QuotaExceeded);

        (await AppendingGuest.CountAsync(backend)).Should().Be(Fitting);
    }

    private static TestHost NewHost(RedisKeyValueBackend backend, long maxStoredBytes = 1 << 20) => new(build: builder =>
        builder.AddKeyValue(kv => kv.Scope("local").UseBackend(_ => backend).WithOptions(options => options with { MaxStoredBytes = maxStoredBytes })));
}

public sealed class RedisLargeTransactionTests : LargeTransactionTests
{
    protected override async Task<IKeyValueBackend> CreateAsync() =>
        new RedisKeyValueBackend(new() { Configuration = (await SharedServer.GetAsync()).Configuration, KeyPrefix = Guid.NewGuid().ToString("N") });
}
