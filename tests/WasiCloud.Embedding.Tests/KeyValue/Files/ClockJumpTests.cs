using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Files;
using WasiCloud.Embedding.KeyValue.Locks;
using WasiCloud.Embedding.KeyValue.Memory;
using WasiCloud.Embedding.Sqlite;
using WasiCloud.Embedding.Testing.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Files;

/// <summary>Times to live and locks when the host's clock is set forth and back by an hour, on stores whose time is the host's.</summary>
public abstract class ClockJumpTests : IAsyncLifetime
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Sixth = LeaseLocks.DefaultLease / 6;

    // Longer than a renewal takes, on a busy disk too: a lease that ends meanwhile is lost.
    private static readonly TimeSpan RenewalTime = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ManualTimeProvider _time = new();
    private readonly JumpingClock _clock;

    private IKeyValueBackend _store = null!;

    protected ClockJumpTests() => _clock = new JumpingClock(_time);

    public Task InitializeAsync()
    {
        _store = NewStore(_clock);
        return Task.CompletedTask;
    }

    public virtual async Task DisposeAsync()
    {
        if (_store is IAsyncDisposable store) await store.DisposeAsync();
    }

    [Fact]
    public async Task TimeToLive_ClockSetForth_EndsByTheClockAndForGood()
    {
        var guest = await NewGuestAsync();
        await guest.WriteAsync("key", "value");
        await guest.WriteAsync("stays", "value");
        await SetTimeToLiveAsync(guest, "key", 60);

        _clock.Jump(Hour);
        (await guest.LookupAsync("key")).Error.Should().Be(Errno.NoEnt);
        await guest.WriteAsync("stays", "other value");
        _clock.Jump(-Hour);

        (await guest.LookupAsync("key")).Error.Should().Be(Errno.NoEnt);
        (await guest.ListAsync()).Should().Equal("stays");
    }

    [Fact]
    public async Task TimeToLive_ClockSetBack_EndsWhenTheClockSaysSo()
    {
        var guest = await NewGuestAsync();
        await guest.WriteAsync("key", "value");
        await SetTimeToLiveAsync(guest, "key", 60);
        var meta = await guest.ReadAsync(".meta/key");

        _clock.Jump(-Hour);
        Advance(TimeSpan.FromSeconds(61));

        (await guest.ReadAsync("key")).Should().Be("value");
        (await guest.ReadAsync(".meta/key")).Should().Be(meta);
        Advance(Hour);
        (await guest.LookupAsync("key")).Error.Should().Be(Errno.NoEnt);
    }

    [Fact]
    public async Task TimeToLive_SetAfterTheClockWas_IsSoLongFromThenOn()
    {
        var guest = await NewGuestAsync();
        await guest.WriteAsync("key", "value");
        foreach (var jump in new[] { Hour, -Hour, -Hour, Hour })
        {
            await guest.WriteAsync("key", "value");
            _clock.Jump(jump);
            await SetTimeToLiveAsync(guest, "key", 60);

            Advance(TimeSpan.FromSeconds(59));
            (await guest.ReadAsync("key")).Should().Be("value");
            Advance(TimeSpan.FromSeconds(1));
            (await guest.LookupAsync("key")).Error.Should().Be(Errno.NoEnt);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Expiry_ClockSetThere_IsWatchedOnce(int direction)
    {
        var guest = await NewGuestAsync();
        await guest.WriteAsync("key", "value");
        await SetTimeToLiveAsync(guest, "key", 60);
        var revision = (await _store.CommitAsync(new(), default)).Revision;
        await using var changes = _store.WatchAsync(string.Empty, revision, default).GetAsyncEnumerator();
        var next = changes.MoveNextAsync().AsTask();

        _clock.Jump(Hour * direction);
        for (var count = 0; count < 100 && !next.IsCompleted; count++) Advance(TimeSpan.FromMinutes(1));
        await EventuallyAsync(() => Task.FromResult(next.IsCompleted), () => _time.Advance(TimeSpan.FromMinutes(1)));

        changes.Current.Should().Be(new KeyValueChange("key", KeyValueChangeKind.Delete, revision + 1));
        await guest.WriteAsync("last", "value");
        (await changes.MoveNextAsync()).Should().BeTrue();
        changes.Current.Key.Should().Be("last");
    }

    [Fact]
    public async Task Lock_ClockSetForth_IsLostAndTheHolderIsTold()
    {
        var (guest, other) = (await NewGuestAsync(), await NewGuestAsync());
        var held = await LockAsync(guest);
        var token = await TokenAsync(held);

        _clock.Jump(Hour);
        var stolen = await LockAsync(other);

        // A third of the lease is when the first holder wants to renew it. No more passes, or the second would lose it too when its renewal is slow.
        _time.Advance(Sixth);
        _time.Advance(Sixth);
        await EventuallyAsync(async () => await ErrorAsync(held) == Errno.Stale, static () => { });

        (await TokenAsync(stolen)).Should().BeGreaterThan(token);
        await KeyValueGuest.CloseAsync(held);
        (await TryLockAsync(guest)).Error.Should().Be(Errno.Again);
        await KeyValueGuest.CloseAsync(stolen);
        await KeyValueGuest.CloseAsync(await LockAsync(guest));
    }

    [Fact]
    public async Task Lock_ClockSetForthAndNobodyElseWantsIt_IsLostAndTheHolderIsTold()
    {
        var guest = await NewGuestAsync();
        var held = await LockAsync(guest);

        _clock.Jump(Hour);
        await EventuallyAsync(async () => await ErrorAsync(held) == Errno.Stale, () => _time.Advance(Sixth));

        await KeyValueGuest.CloseAsync(held);
        await KeyValueGuest.CloseAsync(await LockAsync(guest));
    }

    [Fact]
    public async Task Lock_ClockSetBack_IsHeldUntilItIsClosed()
    {
        var (guest, other) = (await NewGuestAsync(), await NewGuestAsync());
        var held = await LockAsync(guest);

        _clock.Jump(-Hour);
        for (var renewals = 0; renewals < 5; renewals++)
        {
            // A third of the lease is when it is renewed.
            var revision = await RevisionAsync();
            await EventuallyAsync(async () => await RevisionAsync() > revision, () => _time.Advance(Sixth), RenewalTime);
            (await ErrorAsync(held)).Should().Be(Errno.Success);
            (await TryLockAsync(other)).Error.Should().Be(Errno.Again);
        }

        await KeyValueGuest.CloseAsync(held);
        await KeyValueGuest.CloseAsync(await LockAsync(other));
    }

    private protected abstract IKeyValueBackend NewStore(TimeProvider clock);

    private static async Task SetTimeToLiveAsync(KeyValueGuest guest, string key, int seconds)
    {
        var file = await guest.OpenAsync(".meta/" + key, FileAccess.Write);
        await KeyValueGuest.WriteAsync(file, string.Create(CultureInfo.InvariantCulture, $$"""{"ttl":{{seconds}}}"""));
        (await KeyValueGuest.CloseAsync(file)).Should().Be(Errno.Success);
    }

    private static async Task<FsResult<FileHandle>> TryLockAsync(KeyValueGuest guest) =>
        await ((VirtualFile)(await guest.LookupAsync(".lock/name")).Value!).OpenAsync(new(FileAccess.Read, Truncate: false) { NonBlocking = true }, default);

    private static async Task<FileHandle> LockAsync(KeyValueGuest guest)
    {
        var taken = await TryLockAsync(guest);
        taken.Error.Should().Be(Errno.Success);
        return taken.Value!;
    }

    private static async Task<long> TokenAsync(FileHandle held) => long.Parse(await KeyValueGuest.TextAsync(held), CultureInfo.InvariantCulture);

    private static async Task<Errno> ErrorAsync(FileHandle held) => (await held.ReadAsync(new byte[20], 0, default)).Error;

    // Stores with threads of their own do their part a little later.
    // Advances the time again and again, if that is wanted only when nothing has come of it for a while.
    private static async Task EventuallyAsync(Func<Task<bool>> isSo, Action advance, TimeSpan pause = default)
    {
        var advanced = TimeSpan.MinValue;
        for (var patience = Stopwatch.StartNew(); !await isSo(); await Task.Delay(1))
        {
            patience.Elapsed.Should().BeLessThan(Patience);
            if (advanced != TimeSpan.MinValue && patience.Elapsed - advanced < pause) continue;
            advance();
            advanced = patience.Elapsed;
        }
    }

    private void Advance(TimeSpan time) => _time.Advance(time);

    private async Task<long> RevisionAsync() => (await _store.CommitAsync(new(), default)).Revision;

    // Each like one of another host: locks of one mount are passed on without the store.
    private async Task<KeyValueGuest> NewGuestAsync() =>
        new(await new KeyValueMount(_store, timeProvider: _clock).AttachAsync(new InvocationContext { Id = "test", TimeProvider = _clock }, default));
}

public sealed class MemoryClockJumpTests : ClockJumpTests
{
    private protected override IKeyValueBackend NewStore(TimeProvider clock) => new MemoryKeyValueBackend(clock);
}

public sealed class SqliteClockJumpTests : ClockJumpTests
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("wasicloud-clock-");

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private protected override IKeyValueBackend NewStore(TimeProvider clock) =>
        new SqliteKeyValueBackend(new() { Path = Path.Combine(_folder.FullName, "clock.db") }, clock);
}
