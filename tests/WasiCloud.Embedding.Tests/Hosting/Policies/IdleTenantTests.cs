using FluentAssertions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Hosting.Invocations;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Files;
using WasiCloud.Embedding.KeyValue.Memory;
using WasiCloud.Embedding.Mounts.Memory;
using WasiCloud.Embedding.Tests.KeyValue.Files;
using WasiCloud.Embedding.Topics;
using Xunit;
using Xunit.Abstractions;

namespace WasiCloud.Embedding.Tests.Hosting.Policies;

/// <summary>What is held of tenants that have been here, and do nothing now.</summary>
public sealed class IdleTenantTests(ITestOutputHelper output)
{
    private const int Tenants = 100_000;

    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task OneHundredThousand_ThatAreIdle_TakeLessThanTwoKibibytesEach()
    {
        using var module = new IdleModule();
        using var slots = new InvocationSlots(64, 64, TimeSpan.FromSeconds(5), timeProvider: _clock);
        var (rates, shares) = (new TenantRates(_clock), new TenantShares());
        var topics = new TopicSet(
            [new TopicRegistration("news", TopicAccess.Publish | TopicAccess.Subscribe, TopicOverflow.DropOldest)], Options.Create(new TopicOptions()), _clock);
        var scope = new KeyValueMount(new MemoryKeyValueBackend(_clock));
        var counted = new KeyValueMount(new UncountedBackend(new MemoryKeyValueBackend(_clock)), timeProvider: _clock);
        var memory = new MemoryMount(timeProvider: _clock);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var number = 0; number < Tenants; number++)
        {
            var tenant = $"tenant number {number}";
            var claim = new SlotClaim(module, tenant, 4);
            slots.TryEnter(claim, default).Should().BeTrue();
            rates.Refuse(tenant, 10).Should().BeNull();
            shares.Of(tenant).Should().NotBeNull();
            using (topics.ForTenant(tenant).Subscribe("news")) await topics.ForTenant(tenant).PublishAsync("news", "x"u8.ToArray());
            foreach (var mount in new[] { scope, counted }) await UseAsync(mount, tenant);
            var root = await memory.AttachPartAsync(ContextOf(tenant), default);
            (await root.CreateDirectoryAsync("d", default)).Should().Be(Errno.Success);
            (await root.RemoveDirectoryAsync("d", default)).Should().Be(Errno.Success);
            root.Release();
            slots.Leave(claim);
            if (number % 1000 == 0) _clock.Advance(TimeSpan.FromSeconds(1));
        }

        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Tenants;
        output.WriteLine($"{each} bytes each; {shares.Count} shares, {rates.Count} rates");
        each.Should().BeLessThan(2048);
        topics.Parts.Count.Should().Be(0);
        GC.KeepAlive((slots, rates, shares, topics, scope, counted, memory));
    }

    private static InvocationContext ContextOf(string tenant) => new() { Id = "test", Tenant = tenant };

    private static async Task UseAsync(KeyValueMount mount, string tenant)
    {
        var guest = new KeyValueGuest(await mount.AttachPartAsync(ContextOf(tenant), default));
        (await guest.WriteAsync("key", "x")).Should().Be(Errno.Success);
        (await guest.UnlinkAsync("key")).Should().Be(Errno.Success);
        guest.Root.Release();
    }

    private sealed class IdleModule() : GuestModule("idle", GuestModuleKind.Command)
    {
        protected override void Dispose(bool disposing)
        {
        }
    }

    /// <summary>A store that does not count by itself, as those outside of the process.</summary>
    private sealed class UncountedBackend(MemoryKeyValueBackend store) : IKeyValueBackend
    {
        public ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken) =>
            store.GetAsync(key, maxValueLength, cancellationToken);

        public IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
            store.ListAsync(prefix, startAfter, cancellationToken);

        public ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken) =>
            store.CommitAsync(batch, cancellationToken);

        public IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken) =>
            store.WatchAsync(prefix, afterRevision, cancellationToken);
    }
}
