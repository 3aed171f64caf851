using System.Diagnostics;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.PostgreSql.Tests;

/// <summary>What a guest sees of a server that stands still, and of sessions that stand in the way.</summary>
public sealed class PostgreSqlGuestTests
{
    private const int QuotaExceeded = 19;
    private const int InputOutput = 29;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BoundWithMargin = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("SELECT 1 FROM {0}.scope FOR UPDATE")]
    [InlineData("LOCK TABLE {0}.scope IN ACCESS EXCLUSIVE MODE")]
    [InlineData("LOCK TABLE {0}.entry IN EXCLUSIVE MODE")]
    public async Task Close_AnotherSessionHoldsALockForLong_IsAnErrorInTimeAndAppliedOnceAtMost(string take)
    {
        var options = await SharedServer.NewSchemaAsync();
        await BoundAsync(options);
        var backend = new PostgreSqlKeyValueBackend(options);
        await using var host = NewHost(backend);
        var module = await AppendingGuest.LoadAsync(host);
        (await AppendingGuest.RunAsync(host, module)).Should().Be(0);
        var guest = await AppendingGuest.StartAsync(host, module);
        await using var other = new NpgsqlConnection(options.ConnectionString + ";Pooling=false");
        await other.OpenAsync();
        var transaction = await other.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand(
            string.Format(null, System.Text.CompositeFormat.Parse(take), options.Schema), other, transaction)) await command.ExecuteNonQueryAsync();

        var time = Stopwatch.StartNew();
        (await guest.CloseAsync()).Should().Be(InputOutput);
        time.Elapsed.Should().BeLessThan(BoundWithMargin);
        await transaction.RollbackAsync();

        // With more time: what was given up may still hold the lock for a moment, and the machine may be busy.
        options.OperationTimeout = BoundWithMargin;
        await using var patient = NewHost(new PostgreSqlKeyValueBackend(options));
        (await AppendingGuest.RunAsync(patient, await AppendingGuest.LoadAsync(patient))).Should().Be(0);
        (await AppendingGuest.CountAsync(backend))
            .Should().BeInRange(2, 3, "the second of three may get the lock in the moment in which it is given up, but not twice");
    }

    [Fact]
    public async Task Close_AnotherSessionHoldsALockForAWhile_Waits()
    {
        var options = await SharedServer.NewSchemaAsync();
        var backend = new PostgreSqlKeyValueBackend(options);
        await using var host = NewHost(backend);
        var module = await AppendingGuest.LoadAsync(host);
        (await AppendingGuest.RunAsync(host, module)).Should().Be(0);
        var guest = await AppendingGuest.StartAsync(host, module);
        await using var other = new NpgsqlConnection(options.ConnectionString + ";Pooling=false");
        await other.OpenAsync();
        var transaction = await other.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand(
            $"SELECT 1 FROM {options.Schema}.scope FOR UPDATE", other, transaction)) await command.ExecuteNonQueryAsync();

        var close = guest.CloseAsync();
        var waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%" + options.Schema + "%'";
        await TestHost.UntilAsync(async () => (long)(await (await SharedServer.GetAsync()).QueryAsync(waiting))! > 0);
        close.IsCompleted.Should().BeFalse();
        await transaction.RollbackAsync();

        (await close).Should().Be(0);
        (await AppendingGuest.CountAsync(backend)).Should().Be(2);
    }

    [Fact]
    public async Task Close_ServerStandsStillForLong_IsAnErrorInTimeAndAppliedOnceAtMost()
    {
        await using var server = await PostgreSqlServer.StartNewAsync(isDurable: false);
        var options = SharedServer.NewScope(server);
        await BoundAsync(options);
        var backend = new PostgreSqlKeyValueBackend(options);
        await using var host = NewHost(backend);
        var module = await AppendingGuest.LoadAsync(host);
        (await AppendingGuest.RunAsync(host, module)).Should().Be(0);
        var guest = await AppendingGuest.StartAsync(host, module);

        await server.PauseAsync();
        var time = Stopwatch.StartNew();
        (await guest.CloseAsync()).Should().Be(InputOutput);
        time.Elapsed.Should().BeLessThan(BoundWithMargin);
        await server.ContinueAsync();

        (await AppendingGuest.RunAsync(host, module)).Should().Be(0);
        (await AppendingGuest.CountAsync(backend)).Should().BeInRange(2, 3, "it is not known whether the second of three happened, but not twice");
    }

    [Fact]
    public async Task Close_ServerStandsStillForAWhile_WaitsAndIsAppliedOnce()
    {
        await using var server = await PostgreSqlServer.StartNewAsync(isDurable: false);
        var backend = new PostgreSqlKeyValueBackend(SharedServer.NewScope(server));
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
    }

    [Fact]
    public async Task Close_BeyondTheQuota_IsDQuotOnEveryHost()
    {
        const int Fitting = 20;
        var backend = new PostgreSqlKeyValueBackend(await SharedServer.NewScopeAsync());
        await using var host = NewHost(backend, AppendingGuest.Key.Length + (Fitting * AppendingGuest.Text.Length));
        var module = await AppendingGuest.LoadAsync(host);
        for (var count = 0; count < Fitting; count++) (await AppendingGuest.RunAsync(host, module)).Should().Be(0);

        (await AppendingGuest.RunAsync(host, module)).Should().Be(QuotaExceeded);
        await using var other = NewHost(backend, AppendingGuest.Key.Length + (Fitting * AppendingGuest.Text.Length));
        (await AppendingGuest.RunAsync(other, await AppendingGuest.LoadAsync(other))).Should().Be(QuotaExceeded);

        (await AppendingGuest.CountAsync(backend)).Should().Be(Fitting);
    }

    // Making the schema is not what is bounded: on a busy machine it takes longer.
    private static async Task BoundAsync(PostgreSqlKeyValueOptions options)
    {
        await using (var backend = new PostgreSqlKeyValueBackend(options)) await backend.GetAsync("schema", 0, CancellationToken.None);
        options.OperationTimeout = Bound;
    }

    private static TestHost NewHost(PostgreSqlKeyValueBackend backend, long maxStoredBytes = 1 << 20) => new(build: builder =>
        builder.AddKeyValue(kv => kv.Scope("local").UseBackend(_ => backend).WithOptions(options => options with { MaxStoredBytes = maxStoredBytes })));
}

public sealed class PostgreSqlLargeTransactionTests : LargeTransactionTests
{
    protected override async Task<IKeyValueBackend> CreateAsync() => new PostgreSqlKeyValueBackend(await SharedServer.NewScopeAsync());
}
