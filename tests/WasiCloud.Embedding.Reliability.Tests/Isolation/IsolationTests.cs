using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Memory;
using WasiCloud.Embedding.Reliability.Isolation;
using Xunit;

namespace WasiCloud.Embedding.Reliability.Tests.Isolation;

/// <summary>A short form of <c>WasiCloud.Embedding.Reliability isolation</c>, which commits 100,000 transactions on each backend.</summary>
public sealed class IsolationTests
{
    private const int Transactions = 1_600;

    public static TheoryData<string> Backends => [.. BackendUnderTest.Names];

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task Transactions_OfConcurrentGuests_AreSerializable(string name)
    {
        await using var backend = await BackendUnderTest.StartAsync(name);
        await using var host = await LedgerHost.CreateAsync(backend.Use);

        var (committed, _) = await new IsolationRun(host, Transactions).RunAsync();

        committed.Should().BeGreaterThanOrEqualTo(Transactions);
    }

    [Fact]
    public async Task Transactions_OnABackendThatDoesNotCheckWhatWasRead_AreFoundOut()
    {
        await using var host = await LedgerHost.CreateAsync(scope => scope.UseBackend(_ => new CarelessBackend()));

        await host.Awaiting(it => new IsolationRun(it, Transactions).RunAsync()).Should().ThrowAsync<LedgerViolationException>();
    }

    /// <summary>Commits whatever happened to what the commit depends on.</summary>
    private sealed class CarelessBackend : IKeyValueBackend
    {
        private readonly MemoryKeyValueBackend _memory = new();

        public async ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken)
        {
            var entry = await _memory.GetAsync(key, maxValueLength, cancellationToken);

            // Lets the others in, between what is read and what is written.
            await Task.Yield();
            return entry;
        }

        public IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
            _memory.ListAsync(prefix, startAfter, cancellationToken);

        public ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken) =>
            _memory.CommitAsync(new KeyValueBatch([.. batch.Operations.Where(IsWrite).Select(Unconditional)]), cancellationToken);

        public IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken) =>
            _memory.WatchAsync(prefix, afterRevision, cancellationToken);

        private static bool IsWrite(KeyValueOperation operation) => operation.Kind is KeyValueOperationKind.Put or KeyValueOperationKind.Delete;

        private static KeyValueOperation Unconditional(KeyValueOperation operation) => operation.Kind == KeyValueOperationKind.Put
            ? KeyValueOperation.Put(operation.Key, operation.Value, expires: operation.Expires)
            : KeyValueOperation.Delete(operation.Key);
    }
}
