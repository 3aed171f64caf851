using System.Runtime.CompilerServices;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Memory;
using WasiCloud.Embedding.KeyValue.Quota;
using WasiCloud.Embedding.Testing.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Quota;

/// <summary>What counting costs, and that it is right whatever happens meanwhile.</summary>
public sealed class QuotaLedgerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ManualTimeProvider _clock = new();
    private readonly WatchedStore _store;

    public QuotaLedgerTests() => _store = new(new MemoryKeyValueBackend(_clock));

    [Fact]
    public async Task Commits_WithMuchRoom_CountOnceAndReadNothing()
    {
        var scope = NewScope(new(1_000_000, 10_000));

        for (var index = 0; index < 500; index++) await PutAsync(scope, $"k{index % 100}", 100);

        (_store.Lists, _store.Gets).Should().Be((1, 0));
    }

    [Fact]
    public async Task ReadsAndChecks_CountNothing()
    {
        var scope = NewScope(new(0, 0));

        await scope.GetAsync("a", 0, default);
        (await scope.CommitAsync(new(), default)).Succeeded.Should().BeTrue();
        (await scope.CommitAsync(new(KeyValueOperation.Check("a", KeyValueCondition.Absent)), default)).Succeeded.Should().BeTrue();

        _store.Lists.Should().Be(0);
    }

    [Fact]
    public async Task Overwrites_CountAfterAnEighthOfTheQuotaAtMost()
    {
        var scope = NewScope(new(long.MaxValue, 1000));
        for (var index = 0; index < 700; index++) await PutAsync(scope, $"k{index}", 1);
        _store.Lists = 0;

        for (var index = 0; index < 1000; index++) await PutAsync(scope, "k0", 1);

        _store.Lists.Should().BeInRange(1, 1000 / 125);
    }

    [Fact]
    public async Task ChangesWhenNearlyFull_AreFollowedWithoutCounting()
    {
        var scope = NewScope(new(long.MaxValue, 100));
        for (var index = 0; index < 100; index++) await PutAsync(scope, $"k{index}", 1);
        _store.Lists = 0;

        for (var index = 0; index < 300; index++)
        {
            await PutAsync(scope, $"k{index % 100}", index);
            await DeleteAsync(scope, "k0");
            await PutAsync(scope, "k0", 1);
        }

        _store.Lists.Should().Be(0);
    }

    [Fact]
    public async Task Refusals_OneAfterTheOther_CountForATwentiethOfTheTime()
    {
        var scope = NewScope(new(long.MaxValue, 3));
        for (var index = 0; index < 3; index++) await PutAsync(scope, $"k{index}", 1);
        _store.BeforeList = () => _clock.Advance(TimeSpan.FromSeconds(1));
        _clock.Advance(TimeSpan.FromSeconds(10));
        await RefuseAsync(scope);
        _store.Lists = 0;

        for (var second = 0; second < 190; second++)
        {
            await RefuseAsync(scope);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        _store.Lists.Should().BeInRange(8, 10);
    }

    [Fact]
    public async Task OtherHost_PutsMore_IsCountedAfterTenSeconds()
    {
        var scope = NewScope(new(long.MaxValue, 1000));
        await PutAsync(scope, "mine", 1);
        for (var index = 0; index < 1000; index++) await PutAsync(_store, $"other{index}", 1);
        _clock.Advance(TimeSpan.FromSeconds(9.9));
        await PutAsync(scope, "mine2", 1);
        _clock.Advance(TimeSpan.FromSeconds(0.1));

        await RefuseAsync(scope);
    }

    [Fact]
    public async Task Conflict_IsNotCharged()
    {
        var scope = NewScope(new(1000, long.MaxValue));
        await PutAsync(scope, "a", 1);

        for (var index = 0; index < 100; index++)
            (await scope.CommitAsync(new(KeyValueOperation.Put("a", new byte[500], KeyValueCondition.AtRevision(999))), default)).Succeeded.Should().BeFalse();

        (_store.Lists, _store.Gets).Should().Be((1, 0));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Failure_OfACommit_IsTakenForWhatItMayHaveDone(bool happens)
    {
        var scope = NewScope(new(100, long.MaxValue));
        await PutAsync(scope, "a", 89);
        _store.AfterCommit = () => throw new IOException("The answer was lost.");
        if (!happens) _store.BeforeCommit = () => throw new IOException("The request was lost.");

        await FluentActions.Awaiting(() => PutAsync(scope, "b", 7)).Should().ThrowAsync<IOException>();
        (_store.BeforeCommit, _store.AfterCommit) = (null, null);

        if (happens) await RefuseAsync(scope, 4);
        else await PutAsync(scope, "c", 4);
        (await UsageAsync()).Should().BeLessThanOrEqualTo(100);
    }

    [Fact]
    public async Task Failure_OfACount_IsAFailureAndTheNextCountsAgain()
    {
        var scope = NewScope(new(100, long.MaxValue));
        _store.BeforeList = () => throw new IOException("The store is away.");
        await FluentActions.Awaiting(() => PutAsync(scope, "a", 1)).Should().ThrowAsync<IOException>();
        await DeleteAsync(scope, "a");
        _store.BeforeList = null;

        await PutAsync(scope, "a", 99);
        await RefuseAsync(scope, 0);
    }

    [Fact]
    public async Task Count_WhoseCallerGivesUp_GoesOnForTheNext()
    {
        var listing = new TaskCompletionSource();
        _store.ListUntil = listing.Task;
        using var kill = new CancellationTokenSource();
        var scope = NewScope(new(100, long.MaxValue));
        var first = scope.CommitAsync(new(KeyValueOperation.Put("a", default)), kill.Token).AsTask();
        var second = PutAsync(scope, "b", 1);

        await kill.CancelAsync();
        await FluentActions.Awaiting(() => first.WaitAsync(Patience)).Should().ThrowAsync<OperationCanceledException>();
        second.IsCompleted.Should().BeFalse();
        listing.SetResult();
        await second.WaitAsync(Patience);

        _store.Lists.Should().Be(1);
        (await _store.GetAsync("a", 0, default)).Should().BeNull();
    }

    [Fact]
    public async Task Count_WaitsForCommitsUnderWay()
    {
        var scope = NewScope(new(100, long.MaxValue));
        await PutAsync(scope, "a", 49);
        var commit = new TaskCompletionSource();
        _store.CommitUntil = commit.Task;
        var large = PutAsync(scope, "b", 29);
        _store.CommitUntil = Task.CompletedTask;
        var next = RefuseAsync(scope, 30);
        using var kill = new CancellationTokenSource();
        var killed = scope.CommitAsync(new(KeyValueOperation.Put("d", default)), kill.Token).AsTask();

        await kill.CancelAsync();
        await FluentActions.Awaiting(() => killed.WaitAsync(Patience)).Should().ThrowAsync<OperationCanceledException>();
        _store.Lists.Should().Be(1);
        commit.SetResult();

        await large.WaitAsync(Patience);
        await next.WaitAsync(Patience);
        await PutAsync(scope, "c", 19).WaitAsync(Patience);
    }

    [Fact]
    public async Task CommitsWhenNearlyFull_OfDifferentKeys_GoSideBySide()
    {
        var scope = NewScope(new(100, long.MaxValue));
        await PutAsync(scope, "a", 39);
        await PutAsync(scope, "b", 39);
        await PutAsync(scope, "b", 39);
        var commit = new TaskCompletionSource();
        _store.CommitUntil = commit.Task;
        var first = PutAsync(scope, "a", 29);
        _store.CommitUntil = Task.CompletedTask;

        await PutAsync(scope, "b", 49).WaitAsync(Patience);
        var same = PutAsync(scope, "a", 19);
        same.IsCompleted.Should().BeFalse();
        commit.SetResult();

        await first.WaitAsync(Patience);
        await same.WaitAsync(Patience);
        await PutAsync(scope, "c", 29).WaitAsync(Patience);
        await RefuseAsync(scope).WaitAsync(Patience);
    }

    [Theory]
    [InlineData(300, 20)]
    [InlineData(60, 6)]
    [InlineData(5000, 200)]
    [InlineData(1500, 38)]
    public async Task Storm_OfCommits_IsNeverBeyondTheQuota(int bytes, int keys)
    {
        var scope = NewScope(new(bytes, keys));
        _store.IsWatched = true;

        await Task.WhenAll(Enumerable.Range(0, 6).Select(seed => Task.Run(() => RaveAsync(scope, new Random(seed)))));

        _store.MostBytes.Should().BeInRange(1, bytes);
        _store.MostKeys.Should().BeInRange(1, keys);
    }

    [Fact]
    public async Task Storm_OfKilledGuests_LeavesNothingBehind()
    {
        const int Bytes = 300;
        var scope = NewScope(new(Bytes, long.MaxValue));
        _store.IsWatched = true;

        await Task.WhenAll(Enumerable.Range(0, 6).Select(seed => Task.Run(() => KillAsync(scope, new Random(seed)))));

        _store.MostBytes.Should().BeInRange(1, Bytes);
        for (var index = 0; index < 40; index++) await DeleteAsync(scope, $"k{index}").WaitAsync(Patience);
        await RefuseAsync(scope, Bytes).WaitAsync(Patience);
        await PutAsync(scope, "x", Bytes - 1).WaitAsync(Patience);
    }

    [Fact]
    public void Ledgers_OfManyTenants_AreForgottenUnlessInUse()
    {
        var ledgers = new QuotaLedgers(_store, _clock);
        var quota = new KeyValueQuota(1, 1);
        var used = ledgers.Take("used/", quota);
        var idle = ledgers.Take("idle/", quota);
        ledgers.GiveBack("idle/", quota);

        for (var index = 0; index < 20_000; index++)
        {
            ledgers.Take($"t{index}/", quota);
            ledgers.GiveBack($"t{index}/", quota);
        }

        ledgers.Take("used/", quota).Should().BeSameAs(used);
        ledgers.Take("idle/", quota).Should().NotBeSameAs(idle);
    }

    private CountedQuotaBackend NewScope(KeyValueQuota quota) => new(_store, string.Empty, quota, new QuotaLedgers(_store, _clock));

    private static async Task PutAsync(IKeyValueBackend scope, string key, int length) =>
        (await scope.CommitAsync(new(KeyValueOperation.Put(key, new byte[length])), default)).Succeeded.Should().BeTrue();

    private static async Task DeleteAsync(CountedQuotaBackend scope, string key) => await scope.CommitAsync(new(KeyValueOperation.Delete(key)), default);

    private static async Task RefuseAsync(CountedQuotaBackend scope, int length = 0) =>
        (await FluentActions.Awaiting(() => PutAsync(scope, "x", length)).Should().ThrowAsync<ErrnoException>()).Which.Error.Should().Be(Errno.DQuot);

    private static async Task RaveAsync(CountedQuotaBackend scope, Random random)
    {
        for (var step = 0; step < 300; step++)
        {
            var operations = new Dictionary<string, KeyValueOperation>(StringComparer.Ordinal);
            for (var count = random.Next(1, 5); count > 0; count--)
            {
                var key = $"k{random.Next(40)}";
                operations[key] = random.Next(3) == 0
                    ? KeyValueOperation.Delete(key)
                    : KeyValueOperation.Put(key, new byte[random.Next(60)], random.Next(4) == 0 ? KeyValueCondition.Absent : default);
            }

            try
            {
                await scope.CommitAsync(new([.. operations.Values]), default);
            }
            catch (ErrnoException exception) when (exception.Error == Errno.DQuot)
            {
                await DeleteAsync(scope, $"k{random.Next(40)}");
            }

            if (random.Next(3) == 0) await Task.Yield();
        }
    }

    private static async Task KillAsync(CountedQuotaBackend scope, Random random)
    {
        for (var step = 0; step < 300; step++)
        {
            using var kill = new CancellationTokenSource();
            var key = $"k{random.Next(40)}";
            var operation = random.Next(3) == 0 ? KeyValueOperation.Delete(key) : KeyValueOperation.Put(key, new byte[random.Next(60)]);
            var commit = scope.CommitAsync(new(operation), kill.Token).AsTask();
            for (var pause = random.Next(6); pause > 0; pause--) await Task.Yield();
            if (random.Next(2) == 0) await kill.CancelAsync();
            try
            {
                await commit.WaitAsync(Patience);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ErrnoException { Error: Errno.DQuot })
            {
                // It was killed, or there was no room.
            }
        }
    }

    private async Task<long> UsageAsync()
    {
        var bytes = 0L;
        await foreach (var entry in _store.ListAsync(string.Empty, null, default)) bytes += entry.Size + Encoding.UTF8.GetByteCount(entry.Key);
        return bytes;
    }

    /// <summary>Counts calls, lets a test interfere, and looks at the whole store after every commit.</summary>
    private sealed class WatchedStore(IKeyValueBackend inner) : IKeyValueBackend
    {
        private readonly Lock _lock = new();
        private int _gets;

        public int Lists { get; set; }

        public int Gets => _gets;

        public Action? BeforeList { get; set; }

        public Action? BeforeCommit { get; set; }

        public Action? AfterCommit { get; set; }

        public Task ListUntil { get; set; } = Task.CompletedTask;

        public Task CommitUntil { get; set; } = Task.CompletedTask;

        public bool IsWatched { get; set; }

        public long MostBytes { get; private set; }

        public long MostKeys { get; private set; }

        public async ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _gets);
            var entry = await inner.GetAsync(key, maxValueLength, cancellationToken);
            if (IsWatched) await Task.Yield();
            return entry;
        }

        public async IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Lists++;
            BeforeList?.Invoke();
            await ListUntil;
            if (IsWatched) await Task.Yield();
            await foreach (var entry in inner.ListAsync(prefix, startAfter, cancellationToken)) yield return entry;
        }

        public async ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken)
        {
            await CommitUntil;
            BeforeCommit?.Invoke();
            if (IsWatched) await Task.Yield();
            KeyValueCommitResult result;
            lock (_lock)
            {
                result = CompletedTask.Take(inner.CommitAsync(batch, cancellationToken));
                if (IsWatched) Look();
            }

            if (IsWatched) await Task.Yield();
            AfterCommit?.Invoke();
            return result;
        }

        public IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken) =>
            inner.WatchAsync(prefix, afterRevision, cancellationToken);

        private void Look()
        {
            var used = CompletedTask.Take(CountAsync());
            (MostBytes, MostKeys) = (Math.Max(MostBytes, used.Bytes), Math.Max(MostKeys, used.Keys));
        }

        private async ValueTask<KeyValueUsage> CountAsync()
        {
            var used = default(KeyValueUsage);
            await foreach (var entry in inner.ListAsync(string.Empty, null, default))
                used += new KeyValueUsage(Encoding.UTF8.GetByteCount(entry.Key) + entry.Size, 1);
            return used;
        }
    }
}
